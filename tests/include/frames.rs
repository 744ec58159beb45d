//! Bodies of given frames, and all that can be seen of a body.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Response, header};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;

/// What a body fails with.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection to the database is gone")]
pub(crate) struct Broken;

/// A body of these frames. Each is pending once before it comes.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    rest: VecDeque<Result<Frame<Bytes>, Broken>>,
    /// Whether it says when it has ended, and how long it is.
    is_frank: bool,
    was_pending: bool,
}

impl Frames {
    pub(crate) fn of(frames: impl IntoIterator<Item = Bytes>) -> Self {
        Self {
            rest: frames
                .into_iter()
                .map(|data| Ok(Frame::data(data)))
                .collect(),
            ..Self::default()
        }
    }

    pub(crate) fn frank(mut self, is_frank: bool) -> Self {
        self.is_frank = is_frank;
        self
    }

    pub(crate) fn trailers(mut self, trailers: HeaderMap) -> Self {
        self.rest.push_back(Ok(Frame::trailers(trailers)));
        self
    }

    pub(crate) fn broken(mut self) -> Self {
        self.rest.push_back(Err(Broken));
        self
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        self.was_pending = !self.was_pending;
        if self.was_pending {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.rest.pop_front())
    }

    fn is_end_stream(&self) -> bool {
        self.is_frank && self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if !self.is_frank {
            return SizeHint::default();
        }
        let data = self.rest.iter().flatten().filter_map(Frame::data_ref);
        SizeHint::with_exact(data.map(Bytes::len).sum::<usize>() as u64)
    }
}

/// All that came out of a body.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) frames: Vec<Bytes>,
    pub(crate) trailers: Option<HeaderMap>,
    pub(crate) error: Option<Broken>,
}

impl Seen {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.frames.concat()
    }
}

/// Reads a body to its end, and holds it to what it said of itself on the way.
pub(crate) fn read<B: Body<Data = Bytes, Error = Broken> + Unpin>(mut body: B) -> Seen {
    tokio_test::block_on(async {
        let mut seen = Seen {
            frames: Vec::new(),
            trailers: None,
            error: None,
        };
        let mut hints = Vec::new();
        loop {
            let passed: usize = seen.frames.iter().map(Bytes::len).sum();
            hints.push((passed as u64, body.size_hint()));
            let has_ended = body.is_end_stream();
            let Some(frame) = body.frame().await else {
                break;
            };
            assert!(!has_ended, "{frame:?} after the end of the stream");
            match frame {
                Err(error) => seen.error = Some(error),
                Ok(frame) => match frame.into_data() {
                    Ok(data) => seen.frames.push(data),
                    Err(frame) => seen.trailers = frame.into_trailers().ok(),
                },
            }
        }
        if seen.error.is_none() {
            let whole = seen.bytes().len() as u64;
            for (passed, hint) in hints {
                let left = whole - passed;
                assert!(hint.lower() <= left, "{hint:?} of {left}");
                assert!(
                    hint.upper().is_none_or(|upper| left <= upper),
                    "{hint:?} of {left}"
                );
            }
        }
        seen
    })
}

/// A 200 with this body.
pub(crate) fn json<B>(body: B) -> Response<B> {
    Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .body(body)
        .expect("a response")
}

/// The bytes in frames of at most `width`.
pub(crate) fn cut(bytes: &[u8], width: usize) -> Vec<Bytes> {
    bytes.chunks(width).map(Bytes::copy_from_slice).collect()
}
