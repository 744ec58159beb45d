//! The body of an answer that a layer may give in the service's stead.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

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
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Service { body } => body.is_end_stream(),
            Content::Problem { bytes } => bytes.is_none(),
            Content::NotModified => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Service { body } => body.size_hint(),
            Content::Problem { bytes } => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            // A 304 has no Content-Length (§15.4.5: it would speak of the 200's content), and
            // servers write one from an exact hint.
            Content::NotModified => SizeHint::default(),
        }
    }
}
