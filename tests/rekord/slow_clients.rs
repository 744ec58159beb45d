//! Clients that are slow, and clients that go away: neither holds up the others, and neither leaves half a write.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::client::Call;
use crate::process::Server;
use crate::resource::Kind;
use crate::wire::head;

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_comes_byte_by_byte_holds_nobody_up() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let kind = Kind::Rule;
    let path = kind.at(&mut client, 1).await;
    let body = kind.body("slow").to_string();

    let mut slow = Vec::new();
    // More of them than a pool of connections to the database would have.
    for count in 0..24 {
        let mut wire = server.wire().await;
        let lines: &[&[u8]] = if count % 2 == 0 {
            &[]
        } else {
            &[br#"If-Match: "1""#]
        };
        let method = if count % 4 < 2 { "PUT" } else { "PATCH" };
        let head = head(method, &path, lines, Some(body.len()));
        let body = body.clone();
        slow.push(tokio::spawn(async move {
            wire.write(&head).await;
            for byte in body.bytes() {
                wire.write(&[byte]).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            (count, wire.answer(method).await)
        }));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;

    // The same resource, another one, and the list, all written and read meanwhile.
    let other = kind.at(&mut client, 1).await;
    let mut longest = Duration::ZERO;
    let mut written = 0;
    let begun = Instant::now();
    // For as long as the slow ones are slow, on any machine.
    while written < 50 && begun.elapsed() < Duration::from_secs(3) {
        for call in [
            Call::put(&path, &kind.body("quick")),
            Call::put(&other, &kind.body("quick")),
            Call::get(&path),
            Call::get(kind.collection()),
        ] {
            let start = Instant::now();
            client.send(call).await.assert_status(200);
            longest = longest.max(start.elapsed());
        }
        written += 1;
    }
    println!("{written} writes beside 24 slow ones, none took longer than {longest:?}");
    assert!(written >= 5, "{written} writes in three seconds");
    assert!(
        slow.iter().all(|slow| !slow.is_finished()),
        "the slow ones were slow enough to mean something"
    );
    assert!(
        longest < Duration::from_secs(3),
        "a quick request took {longest:?}"
    );

    let mut versions = BTreeSet::new();
    for slow in slow {
        let (count, answer) = slow.await.expect("no panic");
        if count % 2 == 0 {
            versions.insert(answer.assert_status(200).version());
        } else {
            // Its tag matched when it began; it lost to those that were quick.
            answer.assert_problem(412);
            assert_eq!(answer.json()["header"], "If-Match");
        }
    }
    assert_eq!(
        versions.len(),
        12,
        "each slow write has a version of its own"
    );
    assert_eq!(
        client.send(Call::get(&path)).await.version(),
        1 + written + 12
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_vanishes_in_the_middle_of_its_request_changes_nothing() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let mut gone = 0;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 2).await;
        let fresh = kind.fresh();
        let body = kind.body("never").to_string();
        for method in ["PUT", "PATCH"] {
            for lines in [&[][..], &[&br#"If-Match: "2""#[..]][..]] {
                for sent in [0, 1, body.len() / 2, body.len() - 1] {
                    for reset in [false, true] {
                        for path in [&path, &fresh] {
                            let mut wire = server.wire().await;
                            let mut request = head(method, path, lines, Some(body.len()));
                            request.extend_from_slice(&body.as_bytes()[..sent]);
                            wire.write(&request).await;
                            if reset {
                                wire.reset();
                            } else {
                                drop(wire);
                            }
                            gone += 1;
                        }
                    }
                }
            }
        }
        // Not even the head is whole.
        let request = head("DELETE", &path, &[], None);
        for sent in [1, 10, request.len() - 2] {
            let mut wire = server.wire().await;
            wire.write(&request[..sent]).await;
            drop(wire);
            gone += 1;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        let read = client.send(Call::get(&path)).await;
        read.assert_status(200).assert_etag(r#""2""#);
        assert_eq!(kind.read(&read), "text 2");
        client.send(Call::get(&fresh)).await.assert_problem(404);
        client
            .send(Call::put(&path, &kind.body("well")).if_match(r#""2""#))
            .await
            .assert_etag(r#""3""#);
    }
    println!("{gone} clients vanished in the middle of a request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_vanishes_before_its_answer_has_written_whole_or_not_at_all() {
    const CLIENTS: u64 = 200;
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.at(&mut client, 1).await;
        for count in 0..CLIENTS {
            let text = format!("by {count}");
            let body = kind.body(&text).to_string();
            let method = if count % 2 == 0 { "PUT" } else { "PATCH" };
            let mut request = head(method, &path, &[], Some(body.len()));
            request.extend_from_slice(body.as_bytes());
            let mut wire = server.wire().await;
            wire.write(&request).await;
            // From before the server has read it to after it has answered.
            tokio::time::sleep(Duration::from_micros(50 << (count % 12))).await;
            if count % 3 == 0 {
                wire.reset();
            } else {
                drop(wire);
            }
        }
        // All of them are through when the version stands still.
        let mut read = client.send(Call::get(&path)).await;
        let mut still = 0;
        while still < 5 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            let again = client.send(Call::get(&path)).await;
            let is_same = again.version() == read.version();
            still = if is_same { still + 1 } else { 0 };
            read = again;
        }
        let written = read.version() - 1;
        println!("{kind:?}: {written} of {CLIENTS} writes whose clients vanished took effect");
        assert!(written > 0 && written <= CLIENTS, "{written}");
        let text = kind.read(&read);
        let by = text
            .strip_prefix("by ")
            .and_then(|count| count.parse::<u64>().ok());
        assert!(by.is_some_and(|count| count < CLIENTS), "{text}");

        // Nothing is locked, nothing is half done, and the next version is the next.
        for next in 1..=20 {
            let start = Instant::now();
            let answer = client
                .send(Call::put(&path, &kind.body("well")).if_match("*"))
                .await;
            assert_eq!(answer.assert_status(200).version(), read.version() + next);
            assert!(start.elapsed() < Duration::from_secs(3));
        }
    }
}
