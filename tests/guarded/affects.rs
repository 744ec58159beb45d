//! The other resources that a write has changed.

use tower_conditional::{Affects, PathKey, Version, store::CommitErrorKind};

use crate::support::{Bench, Form, Op, answer_with, put, request, tag};

fn affects() -> Affects {
    Affects::changed([PathKey::new("/list")])
        .and_deleted([PathKey::new("/a/1"), PathKey::new("/a/2")])
        .and_changed([PathKey::new("/count")])
}

#[test]
fn they_rise_with_the_commit() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        bench.shelf.set("/list", Version::new(8));
        let response = bench.exchange(put(&[]), |_| answer_with(200, affects()));
        assert_eq!(tag(&response), Some("\"6\""));
        assert_eq!(
            bench.shelf.calls(),
            [
                "begin /a",
                "arm /a",
                "commit /a Written +/list Written +/a/1 Deleted +/a/2 Deleted +/count Written",
            ]
        );
        assert_eq!(bench.shelf.get("/list"), Version::new(9).into());
        assert!(
            response.extensions().get::<Affects>().is_none(),
            "it is no business of the client's"
        );
    }
}

#[test]
fn with_a_5xx_they_are_as_unknown_as_the_write() {
    let mut bench = Bench::at(Form::Spawned, 5);
    bench.exchange(put(&[]), |_| {
        answer_with(500, Affects::deleted([PathKey::new("/b")]))
    });
    assert_eq!(
        bench.shelf.calls(),
        ["begin /a", "arm /a", "commit /a Unknown +/b Unknown"]
    );
}

#[test]
fn what_a_4xx_says_that_it_has_changed_is_raised() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        let response = bench.exchange(put(&[]), |_| {
            answer_with(422, Affects::changed([PathKey::new("/attempts")]))
        });
        assert_eq!(response.status().as_u16(), 422);
        assert_eq!(
            bench.shelf.calls(),
            [
                "begin /a",
                "arm /a",
                "release /a",
                "raise /attempts Written"
            ]
        );
    }
}

#[test]
fn a_write_that_was_rolled_back_affects_nothing() {
    let mut bench = Bench::at(Form::InPlace, 5);
    bench.shelf.fail(Op::Commit, CommitErrorKind::RolledBack);
    bench.exchange(put(&[]), |_| {
        answer_with(200, Affects::changed([PathKey::new("/b")]))
    });
    assert_eq!(bench.shelf.get("/b"), tower_conditional::Current::Unknown);
    assert_eq!(
        bench.shelf.calls().len(),
        4,
        "begun, armed, not committed, left"
    );
}

#[test]
fn without_a_guard_each_is_raised() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        bench.exchange(request("POST", "/a", &[]), |_| answer_with(200, affects()));
        assert_eq!(
            bench.shelf.calls(),
            [
                "raise /a Unknown",
                "raise /list Written",
                "raise /a/1 Deleted",
                "raise /a/2 Deleted",
                "raise /count Written",
            ]
        );
    }
}

#[test]
fn the_writes_own_key_rises_once() {
    let mut bench = Bench::at(Form::InPlace, 5);
    let own = || answer_with(200, Affects::changed([PathKey::new("/a")]));
    bench.exchange(put(&[]), |_| own());
    assert_eq!(
        bench.shelf.calls(),
        ["begin /a", "arm /a", "commit /a Written"]
    );
    // Of an unguarded one, what the handler knows comes last.
    bench.exchange(request("POST", "/a", &[]), |_| own());
    assert_eq!(bench.shelf.get("/a"), Version::new(8).into());
}

#[test]
fn keys_of_another_type_are_not_looked_at() {
    let mut bench = Bench::at(Form::InPlace, 5);
    bench.exchange(put(&[]), |_| answer_with(200, Affects::changed(["/list"])));
    assert_eq!(
        bench.shelf.calls(),
        ["begin /a", "arm /a", "commit /a Written"]
    );
}
