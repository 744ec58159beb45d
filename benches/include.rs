//! The version put into a body: whole and in frames, against memcpy and against parsing,
//! inserting and printing.
//!
//! `cargo bench -p tower-conditional-benches --bench include`; `cargo bench -p tower-conditional-benches --bench include -- 'one_frame/records'` for a part.

use std::{
    collections::VecDeque,
    convert::Infallible,
    hint::black_box,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use http::{Response, header};
use http_body::{Body, Frame};
use serde_json::Value;
use tower_conditional::{ItemVersions, Version, include_item_versions, include_version};

const SIZES: [(&str, usize); 4] = [
    ("1KiB", 1 << 10),
    ("64KiB", 1 << 16),
    ("1MiB", 1 << 20),
    ("64MiB", 1 << 26),
];
const FRAME: usize = 16 * 1024;

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

fn parse_insert_print(body: &[u8]) -> usize {
    let mut value: Value = serde_json::from_slice(body).expect("JSON");
    if let Some(object) = value.as_object_mut() {
        object.entry("version").or_insert(5.into());
    }
    serde_json::to_vec(&value).map_or(0, |bytes| black_box(bytes).len())
}

fn include(criterion: &mut Criterion) {
    for (kind, open, element, end) in KINDS {
        for (name, size) in SIZES {
            let inside = element.repeat((size / element.len()).max(1));
            let body = Bytes::from(format!("{open}{inside}{end}"));
            let expected = body.len() + r#","version":5"#.len();
            let once =
                |frame| drain(include_version(response(&body, frame), Version::new(5)).into_body());
            assert_eq!(once(body.len()), expected);
            assert_eq!(once(FRAME), expected);

            let mut group = criterion.benchmark_group(kind);
            group.throughput(Throughput::Bytes(body.len() as u64));
            let mut bench = |what: &str, work: &mut dyn FnMut() -> usize| {
                let id = BenchmarkId::new(what, name);
                group.bench_function(id, |bencher| bencher.iter(&mut *work));
            };
            bench("one_frame", &mut || once(body.len()));
            bench("streamed", &mut || once(FRAME));
            if kind.starts_with("records") {
                let id = "0198c0de-0000-7000-8000-000000000001";
                bench("items", &mut || {
                    let items = ItemVersions::new("id", [(id, Version::new(5))]);
                    drain(include_item_versions(response(&body, FRAME), items).into_body())
                });
            }
            let mut copy = vec![0; body.len()];
            bench("memcpy", &mut || {
                copy.copy_from_slice(black_box(&body));
                black_box(&mut copy).len()
            });
            // A tree of 64 MiB takes a gigabyte.
            if size < 1 << 26 {
                bench("parse_insert_print", &mut || parse_insert_print(&body));
            }
            group.finish();
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = include
}
criterion_main!(benches);
