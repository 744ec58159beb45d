//! `Last-Modified` and the two fields that are compared with it: a date never stands for two versions.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::answer::Answer;
use crate::client::{Call, Client};
use crate::process::Server;
use crate::resource::Kind;

fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock past 1970")
}

/// An HTTP-date, by the one library that the server and these tests have in common with every other.
fn date(second: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second))
}

/// Sleeps until `second` is over.
async fn after(second: u64) {
    tokio::time::sleep(
        Duration::from_secs(second + 1).saturating_sub(now()) + Duration::from_millis(20),
    )
    .await;
}

/// A resource at version 2 and the second in which it got there, with a read that was answered in that same second.
async fn modified_and_read_within_one_second(
    kind: Kind,
    client: &mut Client,
) -> (String, u64, Answer) {
    let path = kind.at(client, 1).await;
    // A busy machine may need several tries to do both in one second.
    for _ in 0..20 {
        after(now().as_secs()).await;
        let second = now().as_secs();
        let write = client.send(Call::put(&path, &kind.body("now"))).await;
        let read = client.send(Call::get(&path)).await;
        if now().as_secs() == second {
            assert_eq!(read.version(), write.version());
            return (path, second, read);
        }
    }
    panic!("no write and read within one second, twenty times over");
}

#[tokio::test(flavor = "multi_thread")]
async fn last_modified_is_left_out_until_its_second_is_over() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let (path, second, early) = modified_and_read_within_one_second(kind, &mut client).await;
        assert_eq!(early.field("last-modified"), None, "{early:?}");

        after(second).await;
        let stamp = date(second);
        let read = client.send(Call::get(&path)).await;
        assert_eq!(
            read.field("last-modified"),
            Some(stamp.as_str()),
            "{read:?}"
        );
        let head = client.send(Call::head(&path)).await;
        assert_eq!(
            head.field("last-modified"),
            Some(stamp.as_str()),
            "{head:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_that_was_given_out_is_a_validator_to_the_second() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let (path, second, _) = modified_and_read_within_one_second(kind, &mut client).await;
        after(second).await;
        let read = client.send(Call::get(&path)).await;
        let tag = read.etag().expect("a tag").to_owned();

        for (since, status) in [(second - 1, 200), (second, 304), (second + 1, 304)] {
            for call in [Call::get(&path), Call::head(&path)] {
                let answer = client
                    .send(call.field("if-modified-since", date(since)))
                    .await;
                answer.assert_status(status).assert_etag(&tag);
                if status == 304 {
                    assert_eq!(answer.field("last-modified"), None, "{answer:?}");
                    assert_eq!(answer.field("content-length"), None, "{answer:?}");
                    assert_eq!(answer.field("cache-control"), read.field("cache-control"));
                    assert_eq!(answer.field("vary"), read.field("vary"));
                }
            }
        }
        let early =
            Call::put(&path, &kind.body("too late")).field("if-unmodified-since", date(second - 1));
        client
            .send(early)
            .await
            .assert_failed("If-Unmodified-Since", Some(&tag));
        let exact =
            Call::put(&path, &kind.body("in time")).field("if-unmodified-since", date(second));
        let written = client.send(exact).await;
        written.assert_status(200);
        assert_eq!(written.version(), read.version() + 1);

        // The same date again: what it stood for is gone.
        let again = Call::put(&path, &kind.body("lost")).field("if-unmodified-since", date(second));
        client
            .send(again)
            .await
            .assert_failed("If-Unmodified-Since", written.etag());
        assert_eq!(kind.read(&client.send(Call::get(&path)).await), "in time");
    }
}
