//! A request's content, read into memory up to a limit.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::Body;
use pin_project_lite::pin_project;

use crate::precondition::RejectionKind;

use super::request_body::RequestBody;

pin_project! {
    /// Reads a body to its end. Content of one frame is kept as it came; of several, it is copied
    /// together, so that what is held is bounded by the limit however small the frames are.
    pub(super) struct Collect<B> {
        #[pin]
        body: B,
        limit: usize,
        content: Content,
        trailers: Option<Box<HeaderMap>>,
    }
}

enum Content {
    OneFrame(Bytes),
    Copied(BytesMut),
}

/// Why a body was not collected.
pub(super) enum Uncollected {
    /// It has more bytes than the limit.
    TooLarge,
    /// It failed before its end.
    Incomplete,
}

impl From<Uncollected> for RejectionKind {
    fn from(reason: Uncollected) -> Self {
        match reason {
            Uncollected::TooLarge => Self::ContentTooLarge,
            Uncollected::Incomplete => Self::ContentIncomplete,
        }
    }
}

impl<B> Collect<B> {
    pub(super) fn new(body: B, limit: usize) -> Self {
        Self {
            body,
            limit,
            content: Content::OneFrame(Bytes::new()),
            trailers: None,
        }
    }
}

impl<B: Body<Data = Bytes>> Future for Collect<B> {
    type Output = Result<RequestBody<B>, Uncollected>;

    /// A body that replays the content.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        while !this.body.is_end_stream() {
            let Some(frame) = ready!(this.body.as_mut().poll_frame(cx)) else {
                break;
            };
            let Ok(frame) = frame else {
                return Poll::Ready(Err(Uncollected::Incomplete));
            };
            match frame.into_data() {
                Ok(data) => {
                    if data.len() > *this.limit - this.content.len() {
                        return Poll::Ready(Err(Uncollected::TooLarge));
                    }
                    this.content.push(data);
                }
                Err(frame) => {
                    if let Ok(trailers) = frame.into_trailers() {
                        let all = this.trailers.get_or_insert_default();
                        all.extend(trailers);
                    }
                }
            }
        }
        let content = this.content.take();
        Poll::Ready(Ok(RequestBody::buffered(content, this.trailers.take())))
    }
}

impl Content {
    fn len(&self) -> usize {
        match self {
            Self::OneFrame(bytes) => bytes.len(),
            Self::Copied(bytes) => bytes.len(),
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
