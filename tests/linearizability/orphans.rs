//! The other side of what is promised to handlers that don't join: a server that is killed after
//! its handler's effect and before the commit leaves no old tag valid.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use libtest_mimic::{Failed, Trial};

use crate::client::{Answer, Client};
use crate::cluster::Cluster;
use crate::history::{Call, Condition, Token, Trail};
use crate::process::PATIENCE;
use crate::server::{Handlers, Store};
use crate::stores::{for_store, runtime};

use Condition::{Match, Unconditional};

pub(crate) fn trials() -> Vec<Trial> {
    [("sqlite", Store::Sqlite), ("postgres", Store::Postgres)]
        .into_iter()
        .map(|(name, store)| {
            for_store(
                &format!("orphans::{name}_accepts_no_old_tag"),
                store,
                move || {
                    runtime().block_on(no_old_tag_is_accepted(store));
                    Ok::<_, Failed>(())
                },
            )
        })
        .collect()
}

fn token(condition: Condition) -> Token {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    Token {
        writer: 0,
        count: COUNT.fetch_add(1, Ordering::Relaxed),
        base: match condition {
            Match(base) => base,
            _ => 0,
        },
    }
}

const KEY: u32 = 7;

async fn put(client: &mut Client, condition: Condition) -> (Token, Answer) {
    let token = token(condition);
    let answer = client.send(KEY, Call::Put(token, condition)).await;
    (token, answer.expect("an answer"))
}

async fn read(client: &mut Client) -> Answer {
    client.send(KEY, Call::Read).await.expect("an answer")
}

async fn no_old_tag_is_accepted(store: Store) {
    let cluster = Cluster::start(store, Handlers::Apart, 2, &[]).await;
    let connect = |server| {
        let address = cluster.address(server).expect("it runs");
        async move { Client::connect(address).await.expect("it listens") }
    };
    let (mut doomed, mut other) = (connect(0).await, connect(1).await);
    let (first, made) = put(&mut other, Unconditional).await;
    assert_eq!(
        (made.status, made.version()),
        (StatusCode::CREATED, Some(1))
    );

    // Its handler writes, and never ends.
    let in_flight = cluster.in_flight(0);
    let orphan = token(Match(1));
    let hanging = tokio::spawn(async move {
        let fields = HeaderMap::from_iter([(header::IF_MATCH, HeaderValue::from_static("\"1\""))]);
        let path = format!("/keys/{KEY}");
        doomed
            .exchange(Method::PUT, &path, fields, format!("{orphan}!"))
            .await
    });
    let begun = Instant::now();
    let seen = loop {
        let seen = read(&mut other).await;
        if seen.text.parse() == Ok(Trail(vec![orphan, first])) {
            break seen;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "the effect does not show: {seen:?}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    // The write is not over. A label may be older than the content, never newer.
    assert_eq!(seen.version(), Some(1));

    cluster.kill(0).await;
    drop(in_flight);
    hanging
        .await
        .expect("no panic")
        .expect_err("nobody is there to answer");

    // Its content is there, and nobody knows its version: it has no tag, and the old one is none.
    let fields = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static("\"1\""))]);
    let path = format!("/keys/{KEY}");
    let unknown = other
        .exchange(Method::GET, &path, fields, String::new())
        .await;
    let unknown = unknown.expect("an answer");
    assert_eq!((unknown.status, unknown.version()), (StatusCode::OK, None));
    let (_, refused) = put(&mut other, Match(1)).await;
    assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED);
    assert_ne!(read(&mut other).await.version(), Some(1));

    // The next writer's version is above the one that the orphan would have made.
    let (second, written) = put(&mut other, Unconditional).await;
    assert_eq!(written.status, StatusCode::OK);
    let version = written.version().expect("a tag");
    assert!(version > 2, "version {version}");
    for stale in [1, 2] {
        let (_, refused) = put(&mut other, Match(stale)).await;
        assert_eq!(
            refused.status,
            StatusCode::PRECONDITION_FAILED,
            "If-Match {stale}"
        );
    }
    let mut restarted = connect(0).await;
    let (third, written) = put(&mut restarted, Match(version)).await;
    assert_eq!(
        (written.status, written.version()),
        (StatusCode::OK, Some(version + 1))
    );
    let trail = Trail(vec![third, second, orphan, first]);
    assert_eq!(read(&mut other).await.text.parse(), Ok(trail));
}
