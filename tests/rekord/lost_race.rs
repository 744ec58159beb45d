//! Races with a settled outcome: a write is checked when its head is in, another write comes in between, and only then
//! the rest of its body follows. Guards: lost race answered 500 or, to a conditional request, 409; and the update that
//! a check without a compare-and-set loses.

use std::time::Duration;

use crate::answer::Answer;
use crate::client::{Call, Client};
use crate::process::Server;
use crate::resource::Kind;
use crate::wire::head;

/// Sends `method` with half of its body, lets `between` happen, sends the rest.
async fn overtaken(
    server: &Server,
    kind: Kind,
    request: (&str, &str, &[&[u8]]),
    between: Vec<Call>,
) -> Answer {
    let (method, path, lines) = request;
    let body = kind.body("overtaken").to_string();
    let (first, rest) = body.split_at(body.len() / 2);
    let mut wire = server.wire().await;
    wire.write(&head(method, path, lines, Some(body.len())))
        .await;
    wire.write(first.as_bytes()).await;
    // Time for the check. Where it takes longer, the outcome is the same, only less hard to get right.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut other = server.client().await;
    for call in between {
        let answer = other.send(call).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }
    wire.write(rest.as_bytes()).await;
    wire.answer(method).await
}

async fn now(client: &mut Client, kind: Kind, path: &str) -> (u64, String) {
    let read = client.send(Call::get(path)).await;
    read.assert_status(200);
    (read.version(), kind.read(&read))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conditional_write_that_is_overtaken_gets_412_and_the_other_write_stays() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        for method in ["PUT", "PATCH"] {
            let path = kind.at(&mut client, 1).await;
            let request = (method, path.as_str(), &[&br#"If-Match: "1""#[..]][..]);
            let answer = overtaken(
                &server,
                kind,
                request,
                vec![Call::put(&path, &kind.body("first"))],
            )
            .await;
            answer.assert_failed("If-Match", Some(r#""2""#));
            assert_eq!(now(&mut client, kind, &path).await, (2, "first".to_owned()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_without_a_precondition_goes_through_whatever_overtakes_it() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        for method in ["PUT", "PATCH"] {
            let path = kind.at(&mut client, 1).await;
            let answer = overtaken(
                &server,
                kind,
                (method, &path, &[]),
                vec![Call::put(&path, &kind.body("first"))],
            )
            .await;
            answer.assert_status(200).assert_etag(r#""3""#);
            assert_eq!(
                now(&mut client, kind, &path).await,
                (3, "overtaken".to_owned())
            );
        }
        // Another one made it first: what would have created replaces.
        let path = kind.fresh();
        let answer = overtaken(
            &server,
            kind,
            ("PUT", &path, &[]),
            vec![Call::put(&path, &kind.body("first"))],
        )
        .await;
        answer.assert_status(200).assert_etag(r#""2""#);
        // Another one took it away: what would have replaced creates.
        let answer = overtaken(
            &server,
            kind,
            ("PUT", &path, &[]),
            vec![Call::delete(&path)],
        )
        .await;
        answer.assert_status(201);
        assert!(answer.version() > 2, "{answer:?}");
        let answer = overtaken(
            &server,
            kind,
            ("PATCH", &path, &[]),
            vec![Call::delete(&path)],
        )
        .await;
        answer.assert_problem(404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_want_to_create_the_second_gets_412() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        let path = kind.fresh();
        let request = ("PUT", path.as_str(), &[&b"If-None-Match: *"[..]][..]);
        let answer = overtaken(
            &server,
            kind,
            request,
            vec![Call::put(&path, &kind.body("first"))],
        )
        .await;
        answer.assert_failed("If-None-Match", Some(r#""1""#));
        assert_eq!(now(&mut client, kind, &path).await, (1, "first".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_in_between_is_not_made_again_under_if_match() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        for line in [&br#"If-Match: "1""#[..], b"If-Match: *"] {
            let path = kind.at(&mut client, 1).await;
            let answer = overtaken(
                &server,
                kind,
                ("PUT", &path, &[line]),
                vec![Call::delete(&path)],
            )
            .await;
            answer.assert_failed("If-Match", None);
            client.send(Call::get(&path)).await.assert_problem(404);

            let path = kind.at(&mut client, 1).await;
            let answer = overtaken(
                &server,
                kind,
                ("PATCH", &path, &[line]),
                vec![Call::delete(&path)],
            )
            .await;
            assert!(answer.status == 412 || answer.status == 404, "{answer:?}");
            answer.assert_problem(answer.status.as_u16());
            client.send(Call::get(&path)).await.assert_problem(404);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_does_not_match_what_was_made_again_in_between() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        for method in ["PUT", "PATCH"] {
            let path = kind.at(&mut client, 1).await;
            let between = vec![Call::delete(&path), Call::put(&path, &kind.body("again"))];
            let answer = overtaken(
                &server,
                kind,
                (method, &path, &[br#"If-Match: "1""#]),
                between,
            )
            .await;
            let (version, text) = now(&mut client, kind, &path).await;
            answer.assert_failed("If-Match", Some(&format!("\"{version}\"")));
            assert_eq!(text, "again");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_asks_only_for_existence_is_not_bothered_by_another_version() {
    let server = Server::start().await;
    let mut client = server.client().await;
    for kind in Kind::ALL {
        for method in ["PUT", "PATCH"] {
            let path = kind.at(&mut client, 1).await;
            let between = vec![Call::put(&path, &kind.body("first"))];
            let answer =
                overtaken(&server, kind, (method, &path, &[b"If-Match: *"]), between).await;
            answer.assert_status(200).assert_etag(r#""3""#);
        }
    }
}
