use std::sync::Arc;

use sqlx::{AssertSqlSafe, Postgres, postgres::PgArguments, query::Query};

use super::names::Names;

/// The statements on one ledger. `$1` is always the key as it is stored, or its lock's number.
#[derive(Debug)]
pub(super) struct Sql {
    pub(super) lock: Statement,
    pub(super) lock_in_transaction: Statement,
    pub(super) unlock: Statement,
    pub(super) end_session: Statement,
    pub(super) current: Statement,
    pub(super) adopt: Statement,
    pub(super) inspect: Statement,
    pub(super) arm: Statement,
    pub(super) end_lost: Statement,
    pub(super) release: Statement,
    pub(super) commit: Statement,
    pub(super) commit_joined_only: Statement,
    pub(super) is_joined: Statement,
    pub(super) raise: Statement,
    pub(super) raise_unseen: Statement,
    pub(super) notify: Statement,
    pub(super) channel: Statement,
    pub(super) raise_floor: Statement,
    pub(super) lock_floor: Statement,
    pub(super) tombstones: Statement,
    pub(super) try_lock: Statement,
    pub(super) drop_tombstone: Statement,
}

#[derive(Clone, Debug)]
pub(super) struct Statement(Arc<str>);

impl Statement {
    pub(super) fn query<'q>(&self) -> Query<'q, Postgres, PgArguments> {
        sqlx::query(AssertSqlSafe(Arc::clone(&self.0)))
    }
}

impl From<String> for Statement {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

/// The end of the counter.
const MAX: i64 = i64::MAX;

/// A tombstone with such a version is kept: the floor would rise so high that it ended the counters
/// of all keys.
const PRUNABLE: i64 = 1 << 62;

/// The time at which the old row `l` gets a new version. Each version has a second of its own: a
/// date that was given out for the old one, by whatever clock, never names the new one too
/// (RFC 9110 §8.8.2.2).
const NOW: &str = "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
const STAMP: &str = "CASE \
    WHEN extract(epoch FROM clock_timestamp()) >= l.modified / 1000 + 1 \
    THEN floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint \
    ELSE (l.modified / 1000 + 1) * 1000 END";

/// A marker of the transaction that the guard has begun: it ends with it, so it tells whether a
/// handler has committed or rolled back by itself.
const IN_TRANSACTION: &str = "current_setting('tower_conditional.guard', true)";

impl Sql {
    #[expect(clippy::too_many_lines, reason = "one statement after the other")]
    pub(super) fn new(names: &Names) -> Self {
        let (ledger, floor) = (names.ledger(), names.floor());
        let regclass = ledger.replace('\\', "\\\\").replace('\'', "''");
        let regclass = format!("E'{regclass}'");
        // The table's identity is the server's own, whatever name and search path led to it. It
        // is looked up when the statement runs, so a table that was made anew is another one.
        let lock = format!("$1 # ({regclass}::text::regclass::oid::bigint << 32)");
        let floor_now = format!("(SELECT version FROM {floor})");
        let top = format!("greatest(l.version, {floor_now})");
        // A lost write: its version is left out, and so is one more, so that what is kept for an
        // unknown key was never issued for it.
        let lost = format!(
            "CASE WHEN l.version = {MAX} THEN l.version ELSE greatest(l.version + 1, l.pending) END"
        );

        Self {
            lock: format!("SELECT pg_advisory_lock({lock})").into(),
            lock_in_transaction: format!("SELECT pg_advisory_xact_lock({lock})").into(),
            unlock: format!("SELECT pg_advisory_unlock({lock})").into(),
            try_lock: format!("SELECT pg_try_advisory_xact_lock({lock})").into(),
            // $1: the lock of the session.
            end_session: format!(
                "SELECT pg_terminate_backend(k.pid) FROM pg_catalog.pg_locks AS k WHERE {}",
                holds("$1"),
            )
            .into(),
            current: format!(
                "SELECT l.state, l.version, l.modified, l.intent, \
                 CASE WHEN l.intent IS NOT NULL THEN {} END AS is_alive \
                 FROM {ledger} AS l WHERE l.key = $1",
                is_held("l.owner"),
            )
            .into(),
            adopt: format!(
                "WITH f AS (SELECT version FROM {floor} FOR SHARE) \
                 INSERT INTO {ledger} AS l (key, state, version, modified) \
                 SELECT $1, 'present', f.version + 1, {NOW} FROM f WHERE f.version < {MAX} \
                 ON CONFLICT (key) DO UPDATE SET state = 'present', \
                 version = greatest(l.version, excluded.version), modified = {STAMP} \
                 WHERE l.state IN ('unseen', 'unknown') AND l.intent IS NULL AND l.version < {MAX} \
                 RETURNING state, version, modified"
            )
            .into(),
            inspect: format!(
                "SELECT f.version AS floor, l.state, l.version, l.modified, l.made_by, \
                 l.writer, l.intent, l.pending \
                 FROM {floor} AS f LEFT JOIN {ledger} AS l ON l.key = $1"
            )
            .into(),
            // $2: the guard's token, $3: its connection's lock.
            arm: format!(
                "INSERT INTO {ledger} AS l (key, state, version, modified, intent, owner, pending) \
                 SELECT $1, 'unseen', f.version, 0, $2, $3, f.version + 1 FROM {floor} AS f \
                 ON CONFLICT (key) DO UPDATE SET \
                 state = CASE WHEN l.intent IS NULL THEN l.state ELSE 'unknown' END, \
                 version = CASE WHEN l.intent IS NULL THEN l.version ELSE {lost} END, \
                 made_by = CASE WHEN l.intent IS NULL THEN l.made_by END, \
                 writer = CASE WHEN l.intent IS NULL THEN l.writer END, \
                 intent = excluded.intent, owner = excluded.owner, \
                 pending = greatest(CASE WHEN l.intent IS NULL THEN l.version ELSE {lost} END, \
                 {floor_now}) + 1 \
                 RETURNING pending"
            )
            .into(),
            // $2: the lost guard's token.
            end_lost: format!(
                "UPDATE {ledger} AS l SET state = 'unknown', version = {lost}, \
                 made_by = NULL, writer = NULL, intent = NULL, owner = NULL, pending = NULL \
                 WHERE key = $1 AND intent = $2"
            )
            .into(),
            // $2: the guard's token. A key that was never seen stays so.
            release: format!(
                "WITH unseen AS (DELETE FROM {ledger} \
                 WHERE key = $1 AND intent = $2 AND state = 'unseen' RETURNING 1), \
                 seen AS (UPDATE {ledger} SET intent = NULL, owner = NULL, pending = NULL \
                 WHERE key = $1 AND intent = $2 AND state <> 'unseen' RETURNING 1) \
                 SELECT (SELECT count(*) FROM unseen) + (SELECT count(*) FROM seen)"
            )
            .into(),
            // $2: the guard's token, $3: the state, $4: the handler's own version, $5: the
            // request's fingerprint, $6: the transaction's marker if the handler has joined.
            commit: format!(
                "UPDATE {ledger} AS l SET \
                 state = CASE WHEN {top} = {MAX} THEN 'unknown' ELSE $3 END, \
                 version = CASE WHEN {top} = {MAX} THEN {top} ELSE greatest({top} + 1, $4) END, \
                 modified = {STAMP}, made_by = $5, writer = $2, \
                 intent = NULL, owner = NULL, pending = NULL \
                 WHERE key = $1 AND intent = $2 \
                 AND ($6::text IS NULL OR {IN_TRANSACTION} = $6) \
                 RETURNING state, version"
            )
            .into(),
            commit_joined_only: format!(
                "INSERT INTO {ledger} AS l (key, state, version, modified, made_by, writer) \
                 SELECT $1, CASE WHEN f.version = {MAX} THEN 'unknown' ELSE $3 END, \
                 CASE WHEN f.version = {MAX} THEN f.version \
                 ELSE greatest(f.version + 1, $4) END, \
                 {NOW}, $5, $2 FROM {floor} AS f WHERE {IN_TRANSACTION} = $6 \
                 ON CONFLICT (key) DO UPDATE SET \
                 state = CASE WHEN {top_of_lost} = {MAX} THEN 'unknown' ELSE $3 END, \
                 version = CASE WHEN {top_of_lost} = {MAX} THEN {top_of_lost} \
                 ELSE greatest({top_of_lost} + 1, $4) END, \
                 modified = {STAMP}, made_by = $5, writer = $2, \
                 intent = NULL, owner = NULL, pending = NULL \
                 RETURNING state, version",
                top_of_lost = format_args!(
                    "greatest(CASE WHEN l.intent IS NULL THEN l.version ELSE {lost} END, \
                     {floor_now})"
                ),
            )
            .into(),
            is_joined: format!("SELECT {IN_TRANSACTION} = $1").into(),
            // $2: the state.
            raise: format!(
                "UPDATE {ledger} AS l SET \
                 state = CASE WHEN {top} = {MAX} THEN 'unknown' ELSE $2 END, \
                 version = CASE WHEN {top} = {MAX} THEN {top} ELSE {top} + 1 END, \
                 modified = {STAMP}, made_by = NULL, writer = NULL WHERE key = $1 \
                 RETURNING state, version, modified"
            )
            .into(),
            raise_unseen: format!(
                "WITH f AS (SELECT version FROM {floor} FOR SHARE) \
                 INSERT INTO {ledger} AS l (key, state, version, modified) \
                 SELECT $1, CASE WHEN f.version = {MAX} THEN 'unknown' ELSE $2 END, \
                 CASE WHEN f.version = {MAX} THEN f.version ELSE f.version + 1 END, {NOW} FROM f \
                 ON CONFLICT (key) DO UPDATE SET \
                 state = CASE WHEN {top} = {MAX} THEN 'unknown' ELSE $2 END, \
                 version = CASE WHEN {top} = {MAX} THEN {top} ELSE {top} + 1 END, \
                 modified = {STAMP}, made_by = NULL, writer = NULL \
                 RETURNING state, version, modified"
            )
            .into(),
            notify: format!("SELECT pg_notify({}, $1)", channel(&regclass)).into(),
            channel: format!("SELECT {}", channel(&regclass)).into(),
            raise_floor: format!("UPDATE {floor} SET version = greatest(version, $1)").into(),
            lock_floor: format!("SELECT version FROM {floor} FOR UPDATE").into(),
            // $1: the time up to which tombstones are dropped, $2: behind which key, $3: how many.
            tombstones: format!(
                "SELECT key FROM {ledger} WHERE state = 'missing' AND intent IS NULL \
                 AND version < {PRUNABLE} AND modified <= $1 AND ($2::bytea IS NULL OR key > $2) \
                 ORDER BY key LIMIT $3 FOR UPDATE SKIP LOCKED"
            )
            .into(),
            drop_tombstone: format!(
                "DELETE FROM {ledger} WHERE key = $1 AND state = 'missing' AND intent IS NULL \
                 RETURNING version"
            )
            .into(),
        }
    }
}

/// Whether anybody holds the advisory lock of this number.
fn is_held(number: &str) -> String {
    let holds = holds(number);
    format!("EXISTS (SELECT FROM pg_catalog.pg_locks AS k WHERE {holds})")
}

/// Whether the row `k` of `pg_locks` is the advisory lock of this number.
fn holds(number: &str) -> String {
    format!(
        "k.locktype = 'advisory' AND k.granted AND k.objsubid = 1 \
         AND k.database = (SELECT oid FROM pg_catalog.pg_database \
         WHERE datname = current_database()) \
         AND k.classid = (({number} >> 32) & 4294967295)::oid \
         AND k.objid = ({number} & 4294967295)::oid"
    )
}

/// The channel on which commits are told, by the table's identity.
fn channel(regclass: &str) -> String {
    format!("'tower_conditional_' || {regclass}::text::regclass::oid")
}
