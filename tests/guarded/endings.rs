//! What an answer comes to: for the store, and for the client.

use http::{HeaderValue, Response, StatusCode, header};
use tower_conditional::{
    Committed, Current, Version, VersionConflict, VersionWanted, store::CommitErrorKind,
};

use crate::support::{
    Answer, Bench, Form, Op, answer, answer_with, build, ok, problem, put, request, tag, with_field,
};

#[test]
fn each_status_ends_the_guard_in_its_own_way() {
    const WRITTEN: &str = "commit /a Written";
    const DELETED: &str = "commit /a Deleted";
    const UNKNOWN: &str = "commit /a Unknown";
    // What was done in the guard's transaction is committed, and then the key is raised.
    const RAISED: &str = "raise /a Unknown";
    const RELEASE: &str = "release /a";
    // Status; what a PUT comes to, and a DELETE; the tag of the PUT.
    let table = [
        (200, WRITTEN, DELETED, Some("\"6\"")),
        (201, WRITTEN, DELETED, Some("\"6\"")),
        (202, WRITTEN, RAISED, None),
        (204, WRITTEN, DELETED, Some("\"6\"")),
        (207, WRITTEN, RAISED, Some("\"6\"")),
        (301, WRITTEN, RAISED, None),
        (303, WRITTEN, RAISED, None),
        (304, RELEASE, RELEASE, None),
        (307, RELEASE, RELEASE, None),
        (308, RELEASE, RELEASE, None),
        (400, RELEASE, RELEASE, None),
        (404, RELEASE, RELEASE, None),
        (412, RELEASE, RELEASE, None),
        (422, RELEASE, RELEASE, None),
        (500, UNKNOWN, UNKNOWN, None),
        (503, UNKNOWN, UNKNOWN, None),
    ];
    for form in Form::BOTH {
        for (status, put, delete, etag) in table {
            for (method, ending, etag) in [("PUT", put, etag), ("DELETE", delete, None)] {
                let mut bench = Bench::at(form, 5);
                let response = bench.exchange(request(method, "/a", &[]), |_| answer(status));
                assert_eq!(response.status().as_u16(), status, "the handler's own");
                assert_eq!(response.body(), "from the handler");
                assert_eq!(tag(&response), etag, "{method} {status}");
                let mut calls = vec!["begin /a", "arm /a", ending];
                if ending == RAISED {
                    calls = vec!["begin /a", "arm /a", WRITTEN, RAISED];
                }
                assert_eq!(bench.shelf.calls(), calls, "{method} {status}");
                let current = match ending {
                    WRITTEN => Version::new(6).into(),
                    DELETED => Current::Missing,
                    UNKNOWN | RAISED => Current::Unknown,
                    _ => Version::new(5).into(),
                };
                assert_eq!(bench.shelf.get("/a"), current, "{method} {status}");
                let version = if matches!(ending, WRITTEN | DELETED) {
                    "6"
                } else {
                    "-"
                };
                let told = format!("{method} \"/a\": written {status} {version}");
                assert_eq!(bench.events(), [told]);
                assert!(!bench.shelf.is_held("/a"));
            }
        }
    }
}

#[test]
fn after_a_5xx_no_old_tag_is_valid_and_the_next_version_is_above() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        bench.exchange(put(&[("if-match", "\"5\"")]), |_| answer(500));
        let stale = bench.refused(put(&[("if-match", "\"5\"")]));
        assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
        let read = bench.exchange(request("GET", "/a", &[("if-none-match", "\"5\"")]), |_| {
            ok()
        });
        assert_eq!((read.status(), tag(&read)), (StatusCode::OK, None));
        let next = bench.exchange(put(&[]), |_| ok());
        assert_eq!(tag(&next), Some("\"7\""));
    }
}

#[test]
fn a_5xx_has_no_tag_even_of_its_own() {
    let mut bench = Bench::at(Form::InPlace, 5);
    let response = bench.exchange(put(&[]), |_| with_field(500, header::ETAG, "\"5\""));
    assert_eq!(tag(&response), None);
}

#[test]
fn a_tag_that_is_not_the_commits_is_replaced_or_taken_off() {
    let mut bench = Bench::at(Form::Spawned, 5);
    let response = bench.exchange(put(&[]), |_| with_field(200, header::ETAG, "\"99\""));
    assert_eq!(tag(&response), Some("\"6\""));
    let response = bench.exchange(request("DELETE", "/a", &[]), |_| {
        with_field(200, header::ETAG, "\"99\"")
    });
    assert_eq!(tag(&response), None);
    assert_eq!(
        bench.events(),
        [
            "PUT \"/a\": Undeclared(\"etag\")",
            "PUT \"/a\": written 200 6",
            "DELETE \"/a\": Undeclared(\"etag\")",
            "DELETE \"/a\": written 200 7",
        ]
    );
}

#[test]
fn tags_on_put_answers_can_be_switched_off() {
    let built = build!(layer => layer.tag_put_answers(false));
    let mut bench = Bench::new(Form::InPlace, &built);
    assert_eq!(tag(&bench.exchange(put(&[]), |_| ok())), None);
    let patch = bench.exchange(request("PATCH", "/a", &[]), |_| ok());
    assert_eq!(tag(&patch), Some("\"2\""));
}

#[test]
fn the_handlers_own_version_counts_where_it_is_above() {
    for (own, made) in [(6, 6), (60, 60), (5, 6), (0, 6)] {
        let mut bench = Bench::at(Form::Spawned, 5);
        let response = bench.exchange(put(&[]), |_| answer_with(200, Committed(Version::new(own))));
        assert_eq!(tag(&response), Some(format!("\"{made}\"").as_str()));
        assert_eq!(
            bench.shelf.calls(),
            [
                "begin /a",
                "arm /a",
                format!("commit /a Written ={own}").as_str()
            ]
        );
    }
    let mut bench = Bench::at(Form::Spawned, 5);
    bench.exchange(put(&[]), |_| answer_with(500, Committed(Version::new(9))));
    assert_eq!(
        bench.shelf.calls(),
        ["begin /a", "arm /a", "commit /a Unknown"]
    );
}

#[test]
fn the_version_is_left_for_an_outer_layer_that_asks() {
    for form in Form::BOTH {
        for (method, status, own, told) in [
            ("PUT", 200, None, Some(6)),
            ("PUT", 200, Some(3), Some(6)),
            ("PATCH", 204, None, Some(6)),
            ("PUT", 202, None, None),
            ("PUT", 422, Some(3), None),
            ("PUT", 500, Some(9), None),
            ("DELETE", 200, None, None),
        ] {
            for is_wanted in [true, false] {
                let mut bench = Bench::at(form, 5);
                let mut asking = request(method, "/a", &[]);
                if is_wanted {
                    asking.extensions_mut().insert(VersionWanted);
                }
                let response = bench.exchange(asking, |_| match own {
                    Some(own) => answer_with(status, Committed(Version::new(own))),
                    None => answer(status),
                });
                let left = response.extensions().get::<Committed>();
                let told = told
                    .filter(|_| is_wanted)
                    .map(|it| Committed(Version::new(it)));
                assert_eq!(left, told.as_ref(), "{method} {status}");
            }
        }
    }
}

#[test]
fn a_conflict_releases_and_is_the_answer_that_its_request_asks_for() {
    for form in Form::BOTH {
        for (current, fields, status) in [
            (
                Current::from(Version::new(5)),
                &[("if-match", "\"5\"")][..],
                412,
            ),
            (Version::new(5).into(), &[("if-none-match", "\"4\"")], 412),
            (Version::new(5).into(), &[], 409),
            (Current::Missing, &[], 404),
            (Current::Missing, &[("if-none-match", "*")], 412),
        ] {
            let mut bench = Bench::new(form, &());
            bench.shelf.set("/a", current);
            let response = bench.exchange(put(fields), |_| answer_with(200, VersionConflict));
            assert_eq!(response.status().as_u16(), status, "{current:?} {fields:?}");
            problem(&response);
            assert_eq!(bench.shelf.calls(), ["begin /a", "arm /a", "release /a"]);
            assert_eq!(bench.shelf.get("/a"), current);
            assert_eq!(
                bench.events(),
                [match status {
                    404 => "PUT \"/a\": rejected 404 TargetMissing".to_owned(),
                    _ => format!("PUT \"/a\": rejected {status} Conflict"),
                }]
            );
        }
    }
}

fn own_success(status: u16) -> Answer {
    let mut response: Answer = Response::new("SECRET of the handler".into());
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    let own = HeaderValue::from_static("\"9\"");
    response.headers_mut().insert(header::ETAG, own);
    response
}

#[test]
fn a_commit_that_was_rolled_back_is_503_and_nothing_was_changed() {
    for form in Form::BOTH {
        for (method, status) in [("PUT", 200), ("PUT", 303), ("DELETE", 204)] {
            let mut bench = Bench::at(form, 5);
            bench.shelf.fail(Op::Commit, CommitErrorKind::RolledBack);
            let response = bench.exchange(request(method, "/a", &[]), |_| own_success(status));
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(response.headers()[header::RETRY_AFTER], "1");
            assert_eq!(tag(&response), None);
            let detail = problem(&response)["detail"].to_string();
            assert!(detail.contains("nothing was changed"), "{detail}");
            assert_eq!(bench.shelf.get("/a"), Version::new(5).into());
            assert_eq!(
                bench.events(),
                [
                    format!("{method} \"/a\": store failed: the write was rolled back"),
                    format!("{method} \"/a\": rejected 503 RolledBack"),
                ]
            );
        }
    }
}

#[test]
fn a_commit_that_nobody_knows_of_says_so() {
    for form in Form::BOTH {
        for (method, status) in [("PUT", 200), ("PUT", 303), ("DELETE", 204)] {
            let mut bench = Bench::at(form, 5);
            bench.shelf.fail(Op::Commit, CommitErrorKind::Unknown);
            let response = bench.exchange(request(method, "/a", &[]), |_| own_success(status));
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(tag(&response), None);
            let document = problem(&response);
            assert_eq!(document["type"], "urn:tower-conditional:outcome-unknown");
            assert!(
                !document["detail"]
                    .as_str()
                    .unwrap()
                    .contains("nothing was executed")
            );
            assert_eq!(bench.shelf.get("/a"), Current::Unknown);
            let told = bench.events();
            assert_eq!(
                told[1..],
                [
                    format!("{method} \"/a\": OutcomeUnknown"),
                    format!("{method} \"/a\": rejected 500 OutcomeUnknown"),
                ]
            );
        }
    }
}

#[test]
fn a_5xx_stands_whatever_becomes_of_its_commit() {
    for form in Form::BOTH {
        for kind in [CommitErrorKind::RolledBack, CommitErrorKind::Unknown] {
            let mut bench = Bench::at(form, 5);
            bench.shelf.fail(Op::Commit, kind);
            let response = bench.exchange(put(&[]), |_| answer(502));
            assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
            assert_eq!(response.body(), "from the handler");
        }
    }
}

#[test]
fn a_release_that_fails_is_told_and_the_4xx_stands() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        bench.shelf.break_down(Op::Release);
        let response = bench.exchange(put(&[]), |_| answer(422));
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            bench.events(),
            [
                "PUT \"/a\": written 422 -",
                "PUT \"/a\": store failed: SECRET: the disk at shelf 7 is gone",
            ]
        );
    }
}

#[test]
fn what_is_created_after_a_deletion_has_a_higher_version() {
    for form in Form::BOTH {
        let mut bench = Bench::at(form, 5);
        bench.exchange(request("DELETE", "/a", &[("if-match", "\"5\"")]), |_| {
            answer(204)
        });
        assert_eq!(bench.shelf.get("/a"), Current::Missing);
        let created = bench.exchange(put(&[("if-none-match", "*")]), |_| answer(201));
        assert_eq!(tag(&created), Some("\"7\""));
    }
}
