//! A write that is sent again because its answer was lost.

use http::{Request, StatusCode};
use tower_conditional::{Committed, Current, RequestHead, Version, VersionWanted};

use crate::support::{
    Bench, Body, Form, answer, build, ok, put, request, tag, upload, with_content,
};

/// The principal, as the authentication outside has left it.
#[derive(Clone)]
struct User(&'static str);

pub(crate) fn user(head: &RequestHead<'_>) -> Option<&'static str> {
    head.extensions.get().map(|User(name)| *name)
}

fn bench(form: Form) -> Bench {
    let bench = Bench::new(
        form,
        &build!(layer => layer.recognize_retries(crate::retries::user)),
    );
    bench.shelf.set("/a", Version::new(5));
    bench
}

const KEY: &[(&str, &str)] = &[("if-match", "\"5\""), ("idempotency-key", "k1")];

fn by(name: &'static str, mut request: Request<Body>) -> Request<Body> {
    request.extensions_mut().insert(User(name));
    request
}

fn first() -> Request<Body> {
    by("ann", put(KEY))
}

#[test]
fn the_same_request_again_is_done_already() {
    for form in Form::BOTH {
        let mut bench = bench(form);
        let written = bench.exchange(first(), |_| ok());
        assert_eq!(tag(&written), Some("\"6\""));
        bench.shelf.calls();
        bench.events();
        for _ in 0..2 {
            let again = bench.refused(first());
            assert_eq!(again.status(), StatusCode::NO_CONTENT);
            assert_eq!(tag(&again), Some("\"6\""));
            assert_eq!(again.body(), "");
            assert_eq!(bench.shelf.calls(), ["begin /a", "release /a"]);
            assert_eq!(bench.events(), ["PUT \"/a\": retry 6"]);
        }
        let mut asking = first();
        asking.extensions_mut().insert(VersionWanted);
        let again = bench.refused(asking);
        let told = again.extensions().get::<Committed>();
        assert_eq!(told, Some(&Committed(Version::new(6))));
        assert_eq!(bench.shelf.get("/a"), Version::new(6).into());
    }
}

#[test]
fn a_deletion_again_is_done_already_and_has_no_tag() {
    for form in Form::BOTH {
        let mut bench = bench(form);
        bench.exchange(by("ann", request("DELETE", "/a", KEY)), |_| answer(204));
        let again = bench.refused(by("ann", request("DELETE", "/a", KEY)));
        assert_eq!(again.status(), StatusCode::NO_CONTENT);
        assert_eq!(tag(&again), None);
        assert_eq!(bench.shelf.get("/a"), Current::Missing);
        let other = bench.refused(by("ben", request("DELETE", "/a", KEY)));
        assert_eq!(other.status(), StatusCode::NOT_FOUND);
    }
}

/// Equality of content is no proof: two clients that both write `count = 6` are two writes.
#[test]
fn any_other_request_is_412() {
    for form in Form::BOTH {
        let other_key = [KEY[0], ("idempotency-key", "k2")];
        let host = [KEY[0], KEY[1], ("host", "h.example")];
        let none_match = [KEY[0], KEY[1], ("if-none-match", "\"9\"")];
        let two_lines = [KEY[0], KEY[1], ("if-match", "\"4\"")];
        let typed = [KEY[0], KEY[1], ("content-type", "text/html")];
        let others = [
            by("ben", put(KEY)),
            put(KEY),
            by("ann", put(&KEY[..1])),
            by("ann", put(&other_key)),
            by("ann", put(&host)),
            by("ann", put(&none_match)),
            by("ann", put(&two_lines)),
            by("ann", put(&typed)),
            by("ann", with_content("PUT", "/a", KEY, "Content")),
            by("ann", with_content("PATCH", "/a", KEY, "content")),
            by("ann", with_content("PUT", "/a?x=1", KEY, "content")),
        ];
        let mut bench = bench(form);
        bench.exchange(first(), |_| ok());
        for (index, other) in others.into_iter().enumerate() {
            let response = bench.refused(other);
            assert_eq!(
                response.status(),
                StatusCode::PRECONDITION_FAILED,
                "{index}"
            );
        }
    }
}

#[test]
fn once_another_version_is_current_it_is_412() {
    for form in Form::BOTH {
        let mut bench = bench(form);
        bench.exchange(first(), |_| ok());
        bench.exchange(by("ben", put(&[])), |_| ok());
        let again = bench.refused(first());
        assert_eq!(again.status(), StatusCode::PRECONDITION_FAILED);
        assert_eq!(tag(&again), Some("\"7\""));
    }
}

#[test]
fn what_was_not_committed_is_not_known_again() {
    for form in Form::BOTH {
        // Nothing was changed: it runs.
        let mut one = bench(form);
        one.exchange(first(), |_| answer(422));
        assert_eq!(tag(&one.exchange(first(), |_| ok())), Some("\"6\""));
        // Nobody knows.
        let mut other = bench(form);
        other.exchange(first(), |_| answer(500));
        let again = other.refused(first());
        assert_eq!(again.status(), StatusCode::PRECONDITION_FAILED);
    }
}

#[test]
fn without_the_opt_in_no_retry_is_recognized() {
    let mut bench = Bench::at(Form::Spawned, 5);
    bench.exchange(first(), |_| ok());
    let again = bench.refused(first());
    assert_eq!(again.status(), StatusCode::PRECONDITION_FAILED);
}

#[test]
fn content_in_other_frames_is_the_same_content() {
    let mut bench = bench(Form::Spawned);
    bench.exchange(first(), |_| ok());
    let (client, request) = upload(KEY);
    let call = bench.start(by("ann", request));
    client.data("con");
    client.data("tent");
    drop(client);
    assert_eq!(bench.end(call).status(), StatusCode::NO_CONTENT);
}

#[test]
fn streamed_content_is_not_recognized() {
    let built = build!(layer => layer
        .recognize_retries(crate::retries::user)
        .stream_bodies(std::time::Duration::from_mins(1)));
    let mut bench = Bench::new(Form::InPlace, &built);
    bench.shelf.set("/a", Version::new(5));
    bench.exchange(first(), |_| ok());
    let again = bench.refused(first());
    assert_eq!(again.status(), StatusCode::PRECONDITION_FAILED);
}

#[test]
fn the_tag_of_a_retry_follows_the_rules_of_tags() {
    let built =
        build!(layer => layer.recognize_retries(crate::retries::user).tag_put_answers(false));
    let mut bench = Bench::new(Form::InPlace, &built);
    bench.shelf.set("/a", Version::new(5));
    bench.exchange(first(), |_| ok());
    let again = bench.refused(first());
    assert_eq!(
        (again.status(), tag(&again)),
        (StatusCode::NO_CONTENT, None)
    );
}
