//! The version put into a body: whole and in frames, against memcpy and against parsing,
//! inserting and printing.
//!
//! `cargo bench -p tower-conditional-benches --bench include` writes `target/figures/bodies.csv`;
//! with `-- flat` behind it, it runs the kinds of bodies with this in their name and writes none.

use std::{
    collections::VecDeque,
    convert::Infallible,
    hint::black_box,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::{Response, header};
use http_body::{Body, Frame};
use serde_json::Value;
use tower_conditional::{ItemVersions, Version, include_item_versions, include_version};
use tower_conditional_benches::rounds::{Case, Table};

const SIZES: [usize; 4] = [1 << 10, 1 << 16, 1 << 20, 1 << 26];
const FRAME: usize = 16 * 1024;

/// The one that all records have.
const ID: &str = "0198c0de-0000-7000-8000-000000000001";

/// The kinds of bodies: how they start, what they repeat, how they end.
const KINDS: [(&str, &str, &str, &str); 5] = [
    // A list of records, as an API answers with.
    (
        "records",
        r#"{"items":["#,
        r#"{"id":"0198c0de-0000-7000-8000-000000000001","name":"A model of moderate length","status":"active","fields":{"email":{"policy":"most_recent"}},"weight":12.5},"#,
        r#"null],"next":null}"#,
    ),
    // The same where each record has a member of the name: nested, it does not matter.
    (
        "records_with_version",
        r#"{"items":["#,
        r#"{"id":"0198c0de-0000-7000-8000-000000000001","version":7,"name":"A model of moderate length","status":"active","weight":12.5},"#,
        r#"null],"next":null}"#,
    ),
    // Members of the top level alone: any of them could be the one.
    (
        "flat",
        "{",
        r#""member_0001":"a value of some length","number_0001":12345.678,"flag_0001":true,"#,
        r#""end":null}"#,
    ),
    // The same with escapes, any of which could spell the name.
    (
        "flat_escapes",
        "{",
        r#""member_0001":"a value\nof some \u00e9 length","number_0001":12345.678,"#,
        r#""end":null}"#,
    ),
    // One long text.
    (
        "text",
        r#"{"text":""#,
        "Lorem ipsum dolor sit amet, consectetur adipisici elit, sed eiusmod tempor incidunt. ",
        r#""}"#,
    ),
];

struct Frames {
    frames: VecDeque<Bytes>,
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.frames.pop_front().map(|frame| Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.frames.is_empty()
    }
}

fn response(body: &Bytes, frame: usize) -> Response<Frames> {
    let frames = (0..body.len())
        .step_by(frame)
        .map(|at| body.slice(at..body.len().min(at + frame)))
        .collect();
    Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .body(Frames { frames })
        .expect("a response")
}

fn drain(body: impl Body<Data = Bytes, Error = Infallible>) -> usize {
    let mut body = pin!(body);
    let mut cx = Context::from_waker(Waker::noop());
    let mut passed = 0;
    while let Poll::Ready(Some(Ok(frame))) = body.as_mut().poll_frame(&mut cx) {
        passed += black_box(frame).data_ref().map_or(0, Bytes::len);
    }
    passed
}

/// Parse, insert, print: what is done where the body is not edited as text.
mod trees {
    use std::hint::black_box;

    use simd_json::prelude::*;
    use sonic_rs::{JsonValueMutTrait, Value as SonicValue};

    pub(crate) fn serde_json(body: &[u8]) -> Vec<u8> {
        let mut value: serde_json::Value = serde_json::from_slice(body).expect("JSON");
        if let Some(object) = value.as_object_mut() {
            object.entry("version").or_insert(5.into());
        }
        black_box(serde_json::to_vec(&value).expect("a value can be printed"))
    }

    pub(crate) fn sonic_rs(body: &[u8]) -> Vec<u8> {
        let mut value: SonicValue = sonic_rs::from_slice(body).expect("JSON");
        if let Some(object) = value.as_object_mut()
            && !object.contains_key(&"version")
        {
            object.insert("version", 5);
        }
        black_box(sonic_rs::to_vec(&value).expect("a value can be printed"))
    }

    /// The parser writes into what it reads, so it gets a copy; its values borrow from that.
    pub(crate) fn simd_json(body: &[u8]) -> Vec<u8> {
        let mut text = body.to_vec();
        let mut value = simd_json::to_borrowed_value(&mut text).expect("JSON");
        if let Some(object) = value.as_object_mut()
            && !object.contains_key("version")
        {
            object.insert("version".into(), 5.into());
        }
        black_box(value.encode().into_bytes())
    }
}

fn main() -> csv::Result<()> {
    let mut table = Table::from_arguments();
    for (kind, open, element, end) in KINDS {
        if !table.wants(kind) {
            continue;
        }
        for size in SIZES {
            // No name twice in an object: trees would keep one member of each.
            let inside: String = (0..(size / element.len()).max(1))
                .map(|number| element.replace("_0001", &format!("_{number:07}")))
                .collect();
            let body = Bytes::from(format!("{open}{inside}{end}"));
            measure(&mut table, kind, &body);
        }
    }
    table.save("bodies.csv")
}

fn measure(table: &mut Table, kind: &str, body: &Bytes) {
    let once = |frame| drain(include_version(response(body, frame), Version::new(5)).into_body());
    let expected = body.len() + r#","version":5"#.len();
    assert_eq!(once(body.len()), expected);
    assert_eq!(once(FRAME), expected);

    let mut cases = vec![
        Case::new("one_frame", || {
            once(body.len());
        }),
        Case::new("streamed", || {
            once(FRAME);
        }),
        // The response made and read, nothing put in: what of the two above is the bench's own.
        Case::new("untouched_streamed", || {
            drain(response(body, FRAME).into_body());
        }),
    ];
    if kind.starts_with("records") {
        cases.push(Case::new("items", || {
            let items = ItemVersions::new("id", [(ID, Version::new(5))]);
            drain(include_item_versions(response(body, FRAME), items).into_body());
        }));
    }
    // A tree of 64 MiB takes a gigabyte and seconds; of one kind it says enough.
    if body.len() < 1 << 25 || kind == "records" {
        type Tree = fn(&[u8]) -> Vec<u8>;
        let trees: [(_, Tree); 3] = [
            ("serde_json", trees::serde_json),
            ("sonic_rs", trees::sonic_rs),
            ("simd_json", trees::simd_json),
        ];
        for (name, tree) in trees {
            let text = tree(body);
            // An escape is printed in fewer bytes.
            assert!(text.len() > body.len() / 10 * 9, "{name} has lost members");
            let printed: Value = serde_json::from_slice(&text).expect("JSON");
            assert_eq!(printed["version"], 5, "{name}");
            cases.push(Case::new(name, move || drop(tree(body))));
        }
    }
    table.measure(kind, body, cases, Duration::from_secs(3));
}
