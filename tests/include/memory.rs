//! Memory does not depend on the body's size.

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use allocation_counter::measure;
use bytes::Bytes;
use http_body::{Body, Frame};
use tower_conditional::{ItemVersions, Version, include_item_versions, include_version};

use crate::frames::json;

const FRAME: usize = 16 * 1024;
const MIB: usize = 1024 * 1024;

/// The opening, then the same frame again and again, then the end: no memory of its own.
struct Streamed {
    open: Option<Bytes>,
    frame: Bytes,
    left: usize,
    end: Option<Bytes>,
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = match self.open.take() {
            Some(open) => Some(open),
            None if self.left > 0 => {
                self.left -= 1;
                Some(self.frame.clone())
            }
            None => self.end.take(),
        };
        Poll::Ready(data.map(|data| Ok(Frame::data(data))))
    }
}

fn streamed(size: usize, open: &'static str, element: &str, end: &'static str) -> Streamed {
    let frame = element.repeat(FRAME / element.len());
    Streamed {
        open: Some(Bytes::from_static(open.as_bytes())),
        left: size / frame.len(),
        frame: frame.into(),
        end: Some(Bytes::from_static(end.as_bytes())),
    }
}

/// The bytes that came out, and the most that were allocated at one time meanwhile.
fn drained(body: impl Body<Data = Bytes, Error = Infallible>) -> (usize, u64) {
    let mut body = pin!(body);
    let mut passed = 0;
    let info = measure(|| {
        let mut cx = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(Ok(frame))) = body.as_mut().poll_frame(&mut cx) {
            passed += frame.data_ref().map_or(0, Bytes::len);
        }
    });
    (passed, info.bytes_max)
}

#[test]
fn an_object_of_64_mib_takes_no_more_memory_than_a_small_one() {
    let element = r#"{"version":1,"name":"a\u00e9 string","list":[1,2,{"x":null}]},"#;
    let body = streamed(64 * MIB, r#"{"list":["#, element, "1]} \n");
    let expected = size(&body) + r#","version":5"#.len();
    let response = include_version(json(body), Version::new(5));
    let (passed, most) = drained(response.into_body());
    assert_eq!(passed, expected);
    assert!(most < 1024, "{most} bytes");
}

#[test]
fn a_list_of_8_mib_takes_no_more_memory_than_a_small_one() {
    let element = r#"{"id":"a","name":"a\u00e9 string","list":[1,2,{"x":null}]},"#;
    let body = streamed(8 * MIB, r#"{"items":["#, element, "{}]}");
    let count = FRAME / element.len() * body.left;
    let expected = size(&body) + count * r#","version":4"#.len();
    let versions = ItemVersions::new("id", [("a", Version::new(4))]);
    let response = include_item_versions(json(body), versions);
    let (passed, most) = drained(response.into_body());
    assert_eq!(passed, expected);
    assert!(most < 1024, "{most} bytes");
}

fn size(body: &Streamed) -> usize {
    let ends = [&body.open, &body.end].into_iter().flatten();
    ends.map(Bytes::len).sum::<usize>() + body.frame.len() * body.left
}
