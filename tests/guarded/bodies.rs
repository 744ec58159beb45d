//! The content as the handler gets it.

use std::time::Duration;

use http::StatusCode;
use http_body::Body;
use http_body_util::BodyExt;
use tokio_test::{assert_pending, task};

use crate::support::{Bench, Form, build, get, ok, put, request, tag, upload};

#[test]
fn content_and_trailers_are_replayed_as_they_came() {
    for form in Form::BOTH {
        for frames in [&["one"][..], &["o", "n", "e"], &["", "one", ""], &[]] {
            let mut bench = Bench::at(form, 5);
            let (client, request) = upload(&[("x-own", "1")]);
            let mut call = bench.start(request);
            for frame in frames {
                client.data(*frame);
            }
            client.trailer("digest", "a");
            client.trailer("signature", "b");
            drop(client);
            let (seen, reply) = bench.run(&mut call);
            assert_eq!(seen.headers()["x-own"], "1");
            let body = seen.into_body();
            assert!(!body.is_end_stream());
            let content = frames.concat();
            assert_eq!(body.size_hint().exact(), Some(content.len() as u64));
            let collected = tokio_test::block_on(body.collect()).expect("whole");
            let trailers = collected.trailers().expect("trailers").clone();
            assert_eq!(trailers["digest"], "a");
            assert_eq!(trailers["signature"], "b");
            assert_eq!(collected.to_bytes(), content);
            reply.send_response(ok());
            assert_eq!(bench.end(call).status(), StatusCode::OK);
        }
    }
}

#[test]
fn a_body_in_memory_knows_its_length_and_its_end() {
    let mut bench = Bench::at(Form::InPlace, 5);
    let mut call = bench.start(put(&[]));
    let (seen, reply) = bench.run(&mut call);
    let mut body = seen.into_body();
    assert_eq!(body.size_hint().exact(), Some(7));
    assert!(!body.is_end_stream());
    let frame = tokio_test::block_on(body.frame())
        .expect("a frame")
        .expect("data");
    assert_eq!(frame.into_data().expect("data"), "content");
    assert_eq!(body.size_hint().exact(), Some(0));
    assert!(body.is_end_stream());
    assert!(tokio_test::block_on(body.frame()).is_none());
    reply.send_response(ok());
    bench.end(call);

    let mut call = bench.start(request("DELETE", "/a", &[]));
    let (seen, reply) = bench.run(&mut call);
    assert!(seen.body().is_end_stream());
    assert_eq!(seen.body().size_hint().exact(), Some(0));
    reply.send_response(ok());
    bench.end(call);
}

#[test]
fn a_read_gets_its_body_as_it_comes() {
    let mut bench = Bench::at(Form::Spawned, 5);
    let (client, upload) = upload(&[]);
    let read = get(&[]).map(|_| upload.into_body());
    let mut call = bench.start(read);
    let (seen, reply) = bench.run(&mut call);
    let mut body = task::spawn(seen.into_body());
    assert_pending!(body.enter(|cx, body| body.poll_frame(cx)));
    client.data("live");
    assert!(body.is_woken());
    assert!(body.enter(|cx, body| body.poll_frame(cx)).is_ready());
    reply.send_response(ok());
    assert_eq!(tag(&bench.end(call)), Some("\"5\""));
}

/// One byte a frame must not take more than the bytes: 64 KiB of them are one piece.
#[test]
fn content_in_tiny_frames_becomes_one_frame() {
    let mut bench = Bench::at(Form::InPlace, 5);
    let (client, request) = upload(&[]);
    let mut call = bench.start(request);
    for _ in 0..1 << 16 {
        client.data("x");
    }
    drop(client);
    let (seen, reply) = bench.run(&mut call);
    let mut body = seen.into_body();
    let frame = tokio_test::block_on(body.frame())
        .expect("a frame")
        .expect("data");
    assert_eq!(frame.into_data().expect("data").len(), 1 << 16);
    assert!(body.is_end_stream());
    reply.send_response(ok());
    bench.end(call);
}

#[test]
fn streamed_content_is_live_and_its_guard_is_held() {
    for form in Form::BOTH {
        let built = build!(layer => layer.stream_bodies(Duration::from_hours(1)));
        let mut bench = Bench::new(form, &built);
        let (client, request) = upload(&[]);
        let mut call = bench.start(request);
        let (seen, reply) = bench.run(&mut call);
        assert!(bench.shelf.is_held("/a"));
        let mut body = task::spawn(seen.into_body());
        assert_pending!(body.enter(|cx, body| body.poll_frame(cx)));
        client.data("live");
        assert!(body.enter(|cx, body| body.poll_frame(cx)).is_ready());
        reply.send_response(ok());
        assert_eq!(tag(&bench.end(call)), Some("\"1\""));
        assert!(!bench.shelf.is_held("/a"));
    }
}

#[tokio::test]
async fn a_client_that_streams_too_slowly_ends_in_an_unknown_outcome() {
    for form in Form::BOTH {
        let built = build!(layer => layer.stream_bodies(Duration::from_millis(30)));
        let mut bench = Bench::new(form, &built);
        bench.shelf.set("/a", tower_conditional::Version::new(5));
        let (client, request) = upload(&[("if-match", "\"5\"")]);
        let mut call = bench.start(request);
        let (seen, reply) = bench.run(&mut call);
        while !call.is_woken() {
            tokio::time::sleep(Duration::from_millis(5)).await;
            bench.turn_tasks();
        }
        let response = bench.end(call);
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!bench.shelf.is_held("/a"));
        assert_eq!(bench.shelf.get("/a"), tower_conditional::Current::Unknown);
        drop((client, seen, reply));
    }
}

#[test]
fn a_streamed_length_is_judged_by_what_is_declared() {
    let built = build!(layer => layer.stream_bodies(Duration::from_mins(1)).body_limit(4));
    let mut bench = Bench::new(Form::InPlace, &built);
    let (_client, request) = upload(&[("content-length", "5")]);
    assert_eq!(
        bench.refused(request).status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
}
