//! SIGTERM and SIGINT: no new connections, requests in flight finish, exit status 0.

use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use crate::client::Call;
use crate::process::Server;
use crate::resource::Kind;
use crate::wire::head;

/// Until the server's port takes no connection any more.
async fn closed(server: &Server) {
    let start = Instant::now();
    while TcpStream::connect(server.address()).await.is_ok() {
        assert!(
            start.elapsed() < Duration::from_secs(5),
            "new connections are still accepted"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_in_flight_finishes_and_the_exit_status_is_0() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut server = Server::start_in(folder.path(), &[]).await;
        let mut client = server.client().await;
        let kind = Kind::Rule;
        let path = kind.at(&mut client, 1).await;
        let body = kind.body("in flight").to_string();
        let (first, rest) = body.split_at(10);
        let mut wire = server.wire().await;
        wire.write(&head(
            "PUT",
            &path,
            &[br#"If-Match: "1""#],
            Some(body.len()),
        ))
        .await;
        wire.write(first.as_bytes()).await;
        tokio::time::sleep(Duration::from_millis(300)).await;

        server.signal(signal).await;
        closed(&server).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        wire.write(rest.as_bytes()).await;
        wire.answer("PUT")
            .await
            .assert_status(200)
            .assert_etag(r#""2""#);
        let start = Instant::now();
        assert_eq!(server.ended().await.code(), Some(0), "SIG{signal}");
        assert!(
            start.elapsed() < Duration::from_secs(3),
            "nothing was left to wait for"
        );

        // And it was written.
        let server = Server::start_in(folder.path(), &[]).await;
        let read = server.client().await.send(Call::get(&path)).await;
        read.assert_status(200).assert_etag(r#""2""#);
        assert_eq!(kind.read(&read), "in flight");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_ask_for_nothing_hold_no_stop_up() {
    let mut server = Server::start().await;
    let mut one = server.client().await;
    let mut two = crate::client::Client::http2(server.address())
        .await
        .expect("HTTP/2 with prior knowledge");
    one.send(Call::get("/models")).await.assert_status(200);
    two.send(Call::get("/models")).await.assert_status(200);
    let _silent = server.wire().await;
    let start = Instant::now();
    server.signal("TERM").await;
    assert_eq!(server.ended().await.code(), Some(0));
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_never_ends_is_given_up_after_ten_seconds() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = Server::start_in(folder.path(), &[]).await;
    let kind = Kind::Model;
    let path = kind.at(&mut server.client().await, 1).await;
    let mut wire = server.wire().await;
    wire.write(&head("PUT", &path, &[], Some(100))).await;
    wire.write(b"{\"name\": ").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let start = Instant::now();
    server.signal("TERM").await;
    assert_eq!(server.ended().await.code(), Some(0));
    let waited = start.elapsed();
    assert!(
        waited > Duration::from_secs(5) && waited < Duration::from_secs(15),
        "{waited:?}"
    );

    let server = Server::start_in(folder.path(), &[]).await;
    server
        .client()
        .await
        .send(Call::get(&path))
        .await
        .assert_status(200)
        .assert_etag(r#""1""#);
}
