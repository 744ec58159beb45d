//! A message's content, read into memory up to a limit.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;
use http_body::Body;
use pin_project_lite::pin_project;

use crate::precondition::RejectionKind;

use super::{call::Framing, request_body::RequestBody};

pin_project! {
    /// Reads a body to its end. Content of one frame is kept as it came; of several, it is copied
    /// together, so that what is held is bounded by the limit however small the frames are.
    pub(super) struct Collect<B> {
        #[pin]
        body: B,
        limit: usize,
        content: Content,
        trailers: Option<Box<HeaderMap>>,
        framing: Framing,
    }
}

enum Content {
    OneFrame(Bytes),
    Copied(BytesMut),
}

/// A body that was read to its end.
pub(super) struct Collected {
    pub(super) content: Bytes,
    pub(super) trailers: Option<Box<HeaderMap>>,
}

/// Why a body was not collected.
pub(super) enum Uncollected {
    /// It has more bytes than the limit.
    TooLarge,
    /// It failed before its end, or is not what it should be.
    Incomplete,
    /// It has another number of messages than one.
    NotUnary,
}

impl From<Uncollected> for RejectionKind {
    fn from(reason: Uncollected) -> Self {
        match reason {
            Uncollected::TooLarge => Self::ContentTooLarge,
            Uncollected::Incomplete => Self::ContentIncomplete,
            Uncollected::NotUnary => Self::NotUnary,
        }
    }
}

impl<B> From<Collected> for RequestBody<B> {
    /// A body that replays the content.
    fn from(collected: Collected) -> Self {
        Self::buffered(collected.content, collected.trailers)
    }
}

impl<B> Collect<B> {
    pub(super) fn new(body: B, limit: usize, framing: Framing) -> Self {
        Self {
            body,
            limit,
            content: Content::OneFrame(Bytes::new()),
            trailers: None,
            framing,
        }
    }
}

impl<B: Body> Future for Collect<B> {
    type Output = Result<Collected, Uncollected>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        while !this.body.is_end_stream() {
            let Poll::Ready(frame) = this.body.as_mut().poll_frame(cx) else {
                return this.framing.wait(this.content.as_slice(), cx).map(Err);
            };
            let Some(frame) = frame else {
                break;
            };
            let Ok(frame) = frame else {
                return Poll::Ready(Err(Uncollected::Incomplete));
            };
            match frame.into_data() {
                Ok(mut data) => {
                    if data.remaining() > *this.limit - this.content.as_slice().len() {
                        return Poll::Ready(Err(Uncollected::TooLarge));
                    }
                    // What is `Bytes` already is not copied.
                    let data = data.copy_to_bytes(data.remaining());
                    this.content.push(data);
                    this.framing.check(this.content.as_slice())?;
                }
                Err(frame) => {
                    if let Ok(trailers) = frame.into_trailers()
                        && this.framing.has_trailers()
                    {
                        let all = this.trailers.get_or_insert_default();
                        all.extend(trailers);
                    }
                }
            }
        }
        this.framing.check_end(this.content.as_slice())?;
        Poll::Ready(Ok(Collected {
            content: this.content.take(),
            trailers: this.trailers.take(),
        }))
    }
}

impl Content {
    fn as_slice(&self) -> &[u8] {
        match self {
            Self::OneFrame(bytes) => bytes,
            Self::Copied(bytes) => bytes,
        }
    }

    fn push(&mut self, data: Bytes) {
        match self {
            Self::OneFrame(first) if first.is_empty() => *first = data,
            _ if data.is_empty() => {}
            Self::OneFrame(first) => {
                let mut both = BytesMut::with_capacity(first.len() + data.len());
                both.extend_from_slice(first);
                both.extend_from_slice(&data);
                *self = Self::Copied(both);
            }
            Self::Copied(bytes) => bytes.extend_from_slice(&data),
        }
    }

    fn take(&mut self) -> Bytes {
        match mem::replace(self, Self::OneFrame(Bytes::new())) {
            Self::OneFrame(bytes) => bytes,
            Self::Copied(bytes) => bytes.freeze(),
        }
    }
}
