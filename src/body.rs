//! The body of an answer that a layer may give in the service's stead.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

#[cfg(feature = "grpc")]
use bytes::Buf;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

#[cfg(feature = "grpc")]
use crate::grpc;
use crate::grpc::Code;

pin_project! {
    /// The body of an answer: the service's own, or the layer's.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        content: Content<B>,
    }
}

pin_project! {
    #[project = ContentProj]
    #[derive(Debug)]
    enum Content<B> {
        Service { #[pin] body: B },
        Problem { bytes: Option<Bytes> },
        NotModified,
        // The service's own, whose trailers say whether the tag is that of the answer.
        TaggedByTrailers { #[pin] body: B, tag: Option<Box<HeaderValue>> },
        // The service's own, of which the first data may have been taken.
        Begun { data: Option<Bytes>, body: Pin<Box<B>> },
        // The service's own, read to its end.
        Collected { data: Option<Bytes>, trailers: Option<Box<HeaderMap>> },
    }
}

impl<B> ResponseBody<B> {
    pub(crate) fn service(body: B) -> Self {
        let content = Content::Service { body };
        Self { content }
    }

    pub(crate) fn problem(bytes: Bytes) -> Self {
        let bytes = Some(bytes).filter(|bytes| !bytes.is_empty());
        let content = Content::Problem { bytes };
        Self { content }
    }

    pub(crate) fn not_modified() -> Self {
        let content = Content::NotModified;
        Self { content }
    }
}

impl<B> ResponseBody<B> {
    /// Trailers whose `grpc-status` is 0 have `tag` as their `etag`, or none.
    #[cfg(feature = "grpc")]
    pub(crate) fn tagged_by_trailers(body: B, tag: Option<HeaderValue>) -> Self {
        let tag = tag.map(Box::new);
        let content = Content::TaggedByTrailers { body, tag };
        Self { content }
    }

    /// A call's answer, and whether its first frame is there and says that the call has come to
    /// something: a message, or a status of 0. The frame is not waited for: a stream may have none
    /// until its client, which waits for the head, does something else.
    #[cfg(feature = "grpc")]
    pub(crate) fn begun(body: B, cx: &mut Context<'_>) -> (Self, bool)
    where
        B: Body,
    {
        let mut body = Box::pin(body);
        let frame = match body.as_mut().poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => frame,
            // What servers make of it, RST_STREAM with INTERNAL_ERROR, is INTERNAL for gRPC.
            Poll::Ready(Some(Err(_))) => {
                let internal = HeaderValue::from_static(Code::Internal.number());
                let trailers = HeaderMap::from_iter([(grpc::STATUS, internal)]);
                return (Self::collected(Bytes::new(), Some(trailers.into())), false);
            }
            Poll::Ready(None) => return (Self::default(), false),
            Poll::Pending => {
                let content = Content::Begun { data: None, body };
                return (Self { content }, false);
            }
        };
        match frame.into_data() {
            Ok(mut data) => {
                let has_message = data.has_remaining();
                // What is `Bytes` already is not copied.
                let data = Some(data.copy_to_bytes(data.remaining()));
                let content = Content::Begun { data, body };
                (Self { content }, has_message)
            }
            // The end.
            Err(frame) => {
                let trailers = frame.into_trailers().unwrap_or_default();
                let is_ok = Code::of(&trailers) == Some(Code::Ok);
                (Self::collected(Bytes::new(), Some(trailers.into())), is_ok)
            }
        }
    }

    pub(crate) fn collected(data: Bytes, trailers: Option<Box<HeaderMap>>) -> Self {
        let data = Some(data).filter(|data| !data.is_empty());
        let content = Content::Collected { data, trailers };
        Self { content }
    }

    /// Of a body that was read to its end.
    pub(crate) fn trailers(&self) -> Option<&HeaderMap> {
        match &self.content {
            Content::Collected { trailers, .. } => trailers.as_deref(),
            _ => None,
        }
    }

    /// Of a body that was read to its end.
    pub(crate) fn trailers_mut(&mut self) -> Option<&mut HeaderMap> {
        match &mut self.content {
            Content::Collected { trailers, .. } => trailers.as_deref_mut(),
            _ => None,
        }
    }
}

/// What a frame of a write's answer becomes.
fn tag_trailers<D>(mut frame: Frame<D>, tag: &mut Option<Box<HeaderValue>>) -> Frame<D> {
    if let Some(trailers) = frame.trailers_mut()
        && Code::of(trailers) == Some(Code::Ok)
    {
        // A tag that is not the commit's own may be another writer's.
        trailers.remove(header::ETAG);
        if let Some(tag) = tag.take() {
            trailers.insert(header::ETAG, *tag);
        }
    }
    frame
}

impl<B> Default for ResponseBody<B> {
    /// An empty body.
    fn default() -> Self {
        Self::problem(Bytes::new())
    }
}

impl<B> Body for ResponseBody<B>
where
    B: Body,
    B::Data: From<Bytes>,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        match self.project().content.project() {
            ContentProj::Service { body } => body.poll_frame(cx),
            ContentProj::Problem { bytes } => {
                Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes.into()))))
            }
            ContentProj::NotModified => Poll::Ready(None),
            ContentProj::TaggedByTrailers { body, tag } => {
                let frame = ready!(body.poll_frame(cx));
                Poll::Ready(frame.map(|frame| frame.map(|frame| tag_trailers(frame, tag))))
            }
            ContentProj::Begun { data, body } => match data.take() {
                Some(data) => Poll::Ready(Some(Ok(Frame::data(data.into())))),
                None => body.as_mut().poll_frame(cx),
            },
            ContentProj::Collected { data, trailers } => {
                let frame = match data.take() {
                    Some(data) => Some(Frame::data(data.into())),
                    None => trailers.take().map(|trailers| Frame::trailers(*trailers)),
                };
                Poll::Ready(frame.map(Ok))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Service { body } | Content::TaggedByTrailers { body, .. } => {
                body.is_end_stream()
            }
            Content::Begun { data, body } => data.is_none() && body.is_end_stream(),
            Content::Problem { bytes } => bytes.is_none(),
            Content::NotModified => true,
            Content::Collected { data, trailers } => data.is_none() && trailers.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Service { body } | Content::TaggedByTrailers { body, .. } => body.size_hint(),
            Content::Problem { bytes } => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            // A 304 has no Content-Length (§15.4.5: it would speak of the 200's content), and
            // servers write one from an exact hint.
            // Nor had what was collected or begun one before.
            Content::NotModified | Content::Collected { .. } | Content::Begun { .. } => {
                SizeHint::default()
            }
        }
    }
}
