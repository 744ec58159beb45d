//! What a client is told when the database fails: 503 where nothing was executed, an outcome that is unknown where
//! nobody can know, and never a wrong answer.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection};
use tokio::task::JoinHandle;

use crate::answer::Answer;
use crate::client::{Call, Client};
use crate::foreign::on_a_new_database;
use crate::record::{body, contribute, contribution, model, record};
use crate::resource::Kind;
use crate::{Shared, server};

struct Write {
    path: String,
    call: Call,
    /// It is a transaction of several statements. One statement commits with itself, so nobody can tell when its
    /// connection went.
    is_several: bool,
}

/// Writes of resources at version 1: of one statement, of a transaction, and of the ledger's.
async fn writes(client: &mut Client) -> Vec<Write> {
    let model_id = model(client, &[]).await;
    let mut writes = Vec::new();
    let mut write = |path: &str, call: Call, is_several| {
        let path = path.to_owned();
        writes.push(Write {
            path,
            call,
            is_several,
        });
    };
    for kind in Kind::ALL {
        let path = kind.at(client, 1).await;
        let is_several = kind == Kind::Rule;
        write(&path, Call::put(&path, &kind.body("again")), is_several);
        write(
            &path,
            Call::patch(&path, &json!({"name": "again"})),
            is_several,
        );
        write(&path, Call::delete(&path), is_several);
    }
    let path = record(client, &model_id, &json!({"a": 1})).await;
    let again = body(&model_id, &json!({"a": 2}));
    let claim = contribution("s", "2090-01-01T00:00:00Z", &[("a", json!(3), 1.0)]);
    write(&path, Call::put(&path, &again), true);
    write(&path, contribute(&path, &claim), true);
    write(&path, Call::delete(&path), false);
    writes
}

async fn run(connection: &mut PgConnection, statements: &str) {
    let ran = sqlx::raw_sql(AssertSqlSafe(statements)).execute(connection);
    ran.await.expect("the statements are right");
}

/// Has every transaction that changes a resource do `what` while it commits.
async fn at_commit(connection: &mut PgConnection, what: &str) {
    let function = format!(
        "CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN {what}; RETURN NULL; END $$"
    );
    run(connection, &function).await;
    for table in ["resources", "rules"] {
        let exists: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL")
            .bind(table)
            .fetch_one(&mut *connection)
            .await
            .expect("the catalogue can be read");
        if exists {
            let trigger = format!(
                "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT OR UPDATE OR DELETE ON {table} \
                 DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit()"
            );
            run(connection, &trigger).await;
        }
    }
}

fn assert_busy(answer: &Answer) {
    answer.assert_problem(503);
    assert!(answer.field("retry-after").is_some(), "{answer:?}");
}

/// Guards: an unknown outcome that is answered as a failure that changed nothing, or as a success; and one that could
/// have been known.
pub(crate) async fn a_commit_whose_acknowledgement_is_lost_is_an_unknown_outcome(shared: Shared) {
    let postgres = server(&shared).await;
    let (server, name) = on_a_new_database(postgres).await;
    let mut client = server.client().await;
    let writes = writes(&mut client).await;
    let mut connection = postgres.connect(&name).await;
    at_commit(
        &mut connection,
        "PERFORM pg_terminate_backend(pg_backend_pid())",
    )
    .await;

    let mut calls = Vec::new();
    for Write { path, call, .. } in &writes {
        calls.push((path.starts_with("/rules/"), call.clone()));
    }
    for kind in Kind::ALL {
        let is_rule = kind == Kind::Rule;
        calls.push((is_rule, Call::put(kind.fresh(), &kind.body("new"))));
        calls.push((is_rule, Call::post(kind.collection(), &kind.body("new"))));
    }
    for (is_rule, call) in calls {
        let answer = client.send(call.clone()).await;
        assert_eq!(answer.field("location"), None, "{answer:?}");
        if is_rule {
            // The ledger finds out, on another connection, by a token that the commit would have left.
            assert_busy(&answer);
        } else {
            answer.assert_problem(500);
            let problem = answer.json();
            assert_eq!(problem["type"], "urn:rekord:outcome-unknown", "{call:?}");
        }
    }

    // It was rolled back, as a look shows, and the server goes on.
    run(&mut connection, "DROP FUNCTION at_commit CASCADE").await;
    for Write { path, call, .. } in &writes {
        let read = client.send(Call::get(path)).await;
        read.assert_status(200).assert_etag(r#""1""#);
        if !path.starts_with("/records") {
            continue;
        }
        assert_eq!(read.json()["data"], json!({"a": 1}), "{call:?}");
    }
    for Write { path, call, .. } in writes {
        let before = client.send(Call::get(&path)).await;
        if before.status == 200 {
            let tag = before.etag().expect("a tag");
            let answer = client.send(call.if_match(tag)).await;
            assert!(answer.status.is_success(), "{answer:?}");
        }
    }
}

/// An error at the commit is a rollback: the client may simply try again.
pub(crate) async fn a_commit_that_is_refused_has_executed_nothing(shared: Shared) {
    let postgres = server(&shared).await;
    let (server, name) = on_a_new_database(postgres).await;
    let mut client = server.client().await;
    let writes = writes(&mut client).await;
    let mut connection = postgres.connect(&name).await;
    let conflict = "RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001'";
    at_commit(&mut connection, conflict).await;
    for Write { path, call, .. } in &writes {
        assert_busy(&client.send(call.clone()).await);
        let read = client.send(Call::get(path)).await;
        read.assert_status(200).assert_etag(r#""1""#);
    }
    run(&mut connection, "DROP FUNCTION at_commit CASCADE").await;
    for Write { path, call, .. } in writes {
        if client.send(Call::get(&path)).await.status == 200 {
            let answer = client.send(call).await;
            assert!(answer.status.is_success(), "{answer:?}");
        }
    }
}

pub(crate) async fn a_lock_that_is_not_free_in_time_is_503_and_changes_nothing(shared: Shared) {
    let postgres = server(&shared).await;
    let (server, name) = on_a_new_database(postgres).await;
    let mut client = server.client().await;
    let writes = writes(&mut client).await;
    let mut connection = postgres.connect(&name).await;
    run(&mut connection, "BEGIN").await;
    lock_all(&mut connection).await;

    // All at once, since each waits as long as it may.
    let start = Instant::now();
    let mut answers = Vec::new();
    for Write { call, .. } in &writes {
        let (mut client, call) = (server.client().await, call.clone());
        answers.push(tokio::spawn(async move { client.send(call).await }));
    }
    // Reads wait for nobody.
    for Write { path, .. } in &writes {
        let read = client.send(Call::get(path)).await;
        read.assert_status(200).assert_etag(r#""1""#);
    }
    assert!(start.elapsed() < Duration::from_secs(4), "reads waited");
    for answer in answers {
        assert_busy(&answer.await.expect("every write is answered"));
    }
    run(&mut connection, "ROLLBACK").await;
    for Write { path, .. } in &writes {
        let read = client.send(Call::get(path)).await;
        read.assert_status(200).assert_etag(r#""1""#);
    }
}

/// Holds the rows of all resources, and of what the ledger knows.
async fn lock_all(connection: &mut PgConnection) {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT quote_ident(relname) FROM pg_class
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    )
    .fetch_all(&mut *connection)
    .await
    .expect("the catalogue can be read");
    for table in tables {
        run(connection, &format!("LOCK TABLE {table} IN EXCLUSIVE MODE")).await;
    }
}

pub(crate) async fn a_connection_that_is_lost_before_the_commit_is_503_and_changes_nothing(
    shared: Shared,
) {
    let postgres = server(&shared).await;
    let (server, name) = on_a_new_database(postgres).await;
    let mut client = server.client().await;
    let writes = writes(&mut client).await;
    let mut connection = postgres.connect(&name).await;
    for Write { path, call, .. } in writes.iter().filter(|write| write.is_several) {
        run(&mut connection, "BEGIN").await;
        lock_all(&mut connection).await;
        let (mut other, call) = (server.client().await, call.clone());
        let answer = tokio::spawn(async move { other.send(call).await });
        end_waiting(&mut connection, &answer).await;
        assert_busy(&answer.await.expect("every write is answered"));
        run(&mut connection, "ROLLBACK").await;
        let read = client.send(Call::get(path)).await;
        read.assert_status(200).assert_etag(r#""1""#);
    }
}

/// Ends the backends that wait for a lock, once there is one.
async fn end_waiting(connection: &mut PgConnection, answer: &JoinHandle<Answer>) {
    let start = Instant::now();
    loop {
        // Inside of a transaction the view would stay what it was at first.
        run(connection, "SELECT pg_stat_clear_snapshot()").await;
        let ended: Vec<bool> = sqlx::query_scalar(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_all(&mut *connection)
        .await
        .expect("an administrator may");
        if !ended.is_empty() {
            return;
        }
        assert!(!answer.is_finished(), "it does not wait: {answer:?}");
        assert!(start.elapsed() < Duration::from_secs(4), "nobody waits");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
