//! What becomes of a key, by guards, raises, adoption and floors.

use std::time::Duration;

use tower_conditional::{
    Current, Version,
    store::{
        Change, CommitErrorKind, Effect, Fingerprint, Guard, GuardedStore,
        postgres::PostgresErrorKind,
    },
};

use crate::{
    server::Server,
    support::{Database, adopt, arm, armed, commit, current, execute, release, write},
};

pub(crate) async fn each_commit_raises_the_version_by_one(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    assert_eq!(current(&store, "key").await, Current::Unknown);
    for number in 1..=5 {
        assert_eq!(write(&store, "key").await, Version::new(number));
        assert_eq!(
            current(&store, "key").await.version(),
            Some(Version::new(number))
        );
    }
}

pub(crate) async fn a_key_that_is_made_again_goes_on_above_its_old_versions(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    write(&store, "key").await;
    let deleted = commit(armed(&store, "key").await, Effect::Deleted).await;
    assert_eq!(deleted.expect("it commits"), Version::new(2));
    assert_eq!(current(&store, "key").await, Current::Missing);
    assert_eq!(write(&store, "key").await, Version::new(3));
}

pub(crate) async fn times_never_fall_and_no_two_versions_share_a_second(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    let mut seconds = Vec::new();
    for _ in 0..4 {
        write(&store, "key").await;
        let Current::Present(validators) = current(&store, "key").await else {
            panic!("it was written");
        };
        let modified = validators.modified.expect("the ledger keeps times");
        let since = modified.duration_since(std::time::UNIX_EPOCH);
        seconds.push(since.expect("a time after 1970").as_secs());
    }
    assert!(seconds.is_sorted_by(|one, next| one < next), "{seconds:?}");
}

pub(crate) async fn a_released_guard_raises_nothing(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    release(armed(&store, "unseen").await).await;
    assert_eq!(current(&store, "unseen").await, Current::Unknown);
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM tower_conditional")
        .fetch_one(&pool)
        .await
        .expect("the ledger can be read");
    assert_eq!(rows, 0, "an unseen key stays unseen");

    write(&store, "key").await;
    let before = current(&store, "key").await;
    release(armed(&store, "key").await).await;
    release(store.begin("key").await.expect("the key is free")).await;
    assert_eq!(current(&store, "key").await, before);
    assert_eq!(write(&store, "key").await, Version::new(2));
}

pub(crate) async fn an_unknown_outcome_raises_the_version_without_a_tag(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    write(&store, "key").await;
    let unknown = commit(armed(&store, "key").await, Effect::Unknown).await;
    assert_eq!(unknown.expect("it commits"), Version::new(2));
    assert_eq!(current(&store, "key").await, Current::Unknown);
    assert_eq!(write(&store, "key").await, Version::new(3));
}

pub(crate) async fn adoption_takes_unknown_keys_alone(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    assert_eq!(adopt(&store, "key").await.version(), Some(Version::FIRST));
    assert_eq!(adopt(&store, "key").await.version(), Some(Version::FIRST));
    commit(armed(&store, "key").await, Effect::Unknown)
        .await
        .expect("it commits");
    let adopted = adopt(&store, "key").await.version();
    assert_eq!(
        adopted,
        Some(Version::new(2)),
        "2 was kept and never issued"
    );
    commit(armed(&store, "key").await, Effect::Deleted)
        .await
        .expect("it commits");
    assert_eq!(adopt(&store, "key").await, Current::Missing);

    let guard = armed(&store, "armed").await;
    assert_eq!(adopt(&store, "armed").await, Current::Unknown);
    release(guard).await;
}

pub(crate) async fn a_key_that_is_adopted_under_a_guard_is_committed_above(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    let guard = store.begin("key").await.expect("the key is free");
    assert_eq!(Guard::<&str>::current(&guard), Current::Unknown);
    assert_eq!(adopt(&store, "key").await.version(), Some(Version::FIRST));
    let committed = commit(arm(guard).await, Effect::Written).await;
    assert_eq!(committed.expect("it commits"), Version::new(2));
}

pub(crate) async fn a_raise_waits_for_no_guard_and_the_guard_commits_above_it(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    write(&store, "key").await;
    let guard = armed(&store, "key").await;
    let raised = store.raise("key", Effect::Written).await.expect("it rises");
    assert_eq!(raised.version(), Some(Version::new(2)));
    assert_eq!(
        current(&store, "key").await.version(),
        Some(Version::new(2))
    );
    let committed = commit(guard, Effect::Written).await;
    assert_eq!(committed.expect("it commits"), Version::new(3));

    let unseen = store
        .raise("unseen", Effect::Deleted)
        .await
        .expect("it rises");
    assert_eq!(unseen, Current::Missing);
    assert_eq!(write(&store, "unseen").await, Version::new(2));
}

pub(crate) async fn what_was_raised_under_a_lost_guard_is_never_issued_again(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    write(&store, "key").await;
    let guard = armed(&store, "key").await;
    let raised = store.raise("key", Effect::Written).await.expect("it rises");
    assert_eq!(raised.version(), Some(Version::new(2)));
    drop(guard);
    // The next writer takes over, and changes nothing: the key can be adopted again.
    release(armed(&store, "key").await).await;
    let adopted = adopt(&store, "key").await.version().expect("it is unknown");
    assert!(
        adopted > Version::new(2),
        "{adopted} was issued by the raise"
    );
}

pub(crate) async fn readers_see_that_a_write_is_under_way(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    write(&store, "key").await;
    let guard = armed(&store, "key").await;
    let Current::Present(validators) = current(&store, "key").await else {
        panic!("its owner lives");
    };
    assert!(validators.is_being_written);
    assert_eq!(validators.version, Version::FIRST);
    commit(guard, Effect::Written).await.expect("it commits");
    let Current::Present(validators) = current(&store, "key").await else {
        panic!("it was written");
    };
    assert!(!validators.is_being_written);
}

pub(crate) async fn the_handlers_own_version_counts_if_it_is_higher(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    let with = |version| {
        let mut change = Change::<&str>::new(Effect::Written);
        change.committed = Some(Version::new(version));
        change
    };
    let committed = armed(&store, "key").await.commit(with(40)).await;
    assert_eq!(committed.expect("it commits"), Version::new(40));
    let committed = armed(&store, "key").await.commit(with(40)).await;
    assert_eq!(committed.expect("it commits"), Version::new(41));

    let too_high = armed(&store, "key").await.commit(with(u64::MAX)).await;
    let error = too_high.expect_err("no bigint holds it");
    assert_eq!(error.kind(), CommitErrorKind::Unknown);
    assert_eq!(current(&store, "key").await, Current::Unknown);
    assert_eq!(write(&store, "key").await, Version::new(43));
}

pub(crate) async fn what_a_write_affects_rises_with_it(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    write(&store, "list").await;
    let mut change = Change::new(Effect::Written);
    change.affects = vec![
        ("list", Effect::Written),
        ("item", Effect::Deleted),
        ("zoo", Effect::Written),
        ("key", Effect::Deleted),
    ];
    let committed = armed(&store, "key").await.commit(change).await;
    assert_eq!(committed.expect("it commits"), Version::FIRST);
    assert_eq!(
        current(&store, "list").await.version(),
        Some(Version::new(2))
    );
    assert_eq!(current(&store, "item").await, Current::Missing);
    assert_eq!(current(&store, "zoo").await.version(), Some(Version::FIRST));
    let own = current(&store, "key").await.version();
    assert_eq!(
        own,
        Some(Version::FIRST),
        "a guard's own key is what it commits"
    );
}

pub(crate) async fn writers_that_affect_each_others_keys_do_not_deadlock(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    let writer = |own: &'static str, other: &'static str| {
        let store = store.clone();
        async move {
            for _ in 0..50 {
                let mut change = Change::new(Effect::Written);
                change.affects = vec![(other, Effect::Written), ("shared", Effect::Written)];
                let committed = armed(&store, own).await.commit(change).await;
                committed.expect("the order of the keys keeps them apart");
            }
        }
    };
    tokio::join!(writer("a", "z"), writer("z", "a"), writer("m", "a"));
    let shared = current(&store, "shared").await.version();
    assert_eq!(shared, Some(Version::new(150)));
}

pub(crate) async fn the_request_that_made_the_current_version_is_known(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    let made_by = Fingerprint::from_bytes([7; 32]);
    let mut change = Change::<&str>::new(Effect::Written);
    change.made_by = Some(made_by);
    armed(&store, "key")
        .await
        .commit(change)
        .await
        .expect("it commits");
    let guard = store.begin("key").await.expect("the key is free");
    assert_eq!(Guard::<&str>::made_by(&guard), Some(made_by));
    release(guard).await;
    store.raise("key", Effect::Written).await.expect("it rises");
    let guard = store.begin("key").await.expect("the key is free");
    assert_eq!(Guard::<&str>::made_by(&guard), None);
    release(guard).await;
    // A deletion too, whose answer may be lost like any other.
    let mut change = Change::<&str>::new(Effect::Deleted);
    change.made_by = Some(made_by);
    let guard = armed(&store, "key").await;
    guard.commit(change).await.expect("it commits");
    let guard = store.begin("key").await.expect("the key is free");
    assert_eq!(Guard::<&str>::made_by(&guard), Some(made_by));
    release(guard).await;
}

pub(crate) async fn dropped_tombstones_leave_a_floor(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    for _ in 0..6 {
        write(&store, "deleted").await;
    }
    write(&store, "kept").await;
    commit(armed(&store, "deleted").await, Effect::Deleted)
        .await
        .expect("it commits");
    commit(armed(&store, "held").await, Effect::Deleted)
        .await
        .expect("it commits");
    let guard = armed(&store, "held").await;
    let dropped = store.prune_tombstones(Duration::from_hours(1)).await;
    assert_eq!(dropped.expect("the database answers"), 0, "all are younger");
    // The times of six versions that were made at once lie in the future, a second each.
    tokio::time::sleep(Duration::from_secs(8)).await;
    let dropped = store.prune_tombstones(Duration::ZERO).await;
    let dropped = dropped.expect("the database answers");
    assert_eq!(dropped, 1, "the other one is held");
    release(guard).await;

    assert_eq!(current(&store, "deleted").await, Current::Unknown);
    assert_eq!(write(&store, "deleted").await, Version::new(8));
    assert_eq!(adopt(&store, "new").await.version(), Some(Version::new(8)));
    assert_eq!(write(&store, "kept").await, Version::new(8));
}

pub(crate) async fn a_floor_lifts_all_keys_and_only_rises(server: &Server) {
    let Database { store, .. } = Database::new(server).await;
    write(&store, "key").await;
    commit(armed(&store, "unknown").await, Effect::Unknown)
        .await
        .expect("it commits");
    store
        .raise_floor(Version::new(100))
        .await
        .expect("it rises");
    store.raise_floor(Version::new(50)).await.expect("it stays");
    assert_eq!(current(&store, "key").await.version(), Some(Version::FIRST));
    assert_eq!(write(&store, "key").await, Version::new(101));
    assert_eq!(write(&store, "new").await, Version::new(101));
    assert_eq!(
        adopt(&store, "unknown").await.version(),
        Some(Version::new(101))
    );
    let raised = store
        .raise("raised", Effect::Written)
        .await
        .expect("it rises");
    assert_eq!(raised.version(), Some(Version::new(101)));
    let too_high = store.raise_floor(Version::new(u64::MAX)).await;
    assert_eq!(
        too_high.expect_err("no bigint holds it").kind(),
        PostgresErrorKind::Exhausted
    );
}

pub(crate) async fn at_the_end_of_the_counter_nothing_is_executed_or_wrapped(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    let mut change = Change::<&str>::new(Effect::Written);
    change.committed = Version::try_from(i64::MAX).ok();
    let last = armed(&store, "key")
        .await
        .commit(change)
        .await
        .expect("it fits");
    assert_eq!(Some(last), Version::try_from(i64::MAX).ok());

    let guard = store.begin("key").await.expect("the key is free");
    assert_eq!(Guard::<&str>::current(&guard).version(), Some(last));
    let refused = Guard::<&str>::arm(guard)
        .await
        .expect_err("there is no next version");
    assert_eq!(refused.kind(), PostgresErrorKind::Exhausted);
    assert_eq!(
        current(&store, "key").await.version(),
        Some(last),
        "nothing happened"
    );

    let joined_only = tower_conditional::store::postgres::PostgresStore::new(pool).joined_only();
    let guard = joined_only.begin("key").await.expect("the key is free");
    let refused = Guard::<&str>::arm(guard)
        .await
        .expect_err("there is no next version");
    assert_eq!(refused.kind(), PostgresErrorKind::Exhausted);

    let raised = store
        .raise("key", Effect::Written)
        .await
        .expect("it answers");
    assert_eq!(
        raised,
        Current::Unknown,
        "no tag that was issued stays valid"
    );
    assert_eq!(
        adopt(&store, "key").await,
        Current::Unknown,
        "nor comes back"
    );
}

pub(crate) async fn the_end_of_the_counter_under_a_guard_is_an_unknown_outcome(server: &Server) {
    let Database { store, pool, .. } = Database::new(server).await;
    write(&store, "key").await;
    let guard = armed(&store, "key").await;
    execute(
        &pool,
        "UPDATE tower_conditional SET version = 9223372036854775807",
    )
    .await;
    let error = commit(guard, Effect::Written)
        .await
        .expect_err("there is no next version");
    assert_eq!(error.kind(), CommitErrorKind::Unknown);
    assert_eq!(current(&store, "key").await, Current::Unknown);
}
