use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// The content of a request behind a guarded layer: in memory already, or as the client sends
    /// it.
    ///
    /// A guarded write's content is in memory when its handler runs: one frame of data at most,
    /// then the trailers, and an exact size hint. Everything else, and a write under
    /// [`stream_bodies`](crate::ConditionalLayer::stream_bodies), has the client's own body.
    #[derive(Debug)]
    pub struct RequestBody<B> {
        #[pin]
        content: Content<B>,
    }
}

pin_project! {
    #[project = ContentProj]
    #[derive(Debug)]
    enum Content<B> {
        Streamed { #[pin] body: B },
        // The data is `None` where there is none.
        Buffered { data: Option<Bytes>, trailers: Option<Box<HeaderMap>> },
    }
}

impl<B> RequestBody<B> {
    pub(super) fn streamed(body: B) -> Self {
        let content = Content::Streamed { body };
        Self { content }
    }

    pub(super) fn buffered(data: Bytes, trailers: Option<Box<HeaderMap>>) -> Self {
        let data = Some(data).filter(|data| !data.is_empty());
        let content = Content::Buffered { data, trailers };
        Self { content }
    }

    /// What is in memory.
    pub(super) fn content(&self) -> &[u8] {
        match &self.content {
            Content::Buffered {
                data: Some(data), ..
            } => data,
            Content::Buffered { data: None, .. } | Content::Streamed { .. } => &[],
        }
    }
}

impl<B> Default for RequestBody<B> {
    /// An empty body.
    fn default() -> Self {
        Self::buffered(Bytes::new(), None)
    }
}

impl<B: Body<Data = Bytes>> Body for RequestBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().content.project() {
            ContentProj::Streamed { body } => body.poll_frame(cx),
            ContentProj::Buffered { data, trailers } => {
                let frame = match data.take() {
                    Some(data) => Some(Frame::data(data)),
                    None => trailers.take().map(|trailers| Frame::trailers(*trailers)),
                };
                Poll::Ready(frame.map(Ok))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Streamed { body } => body.is_end_stream(),
            Content::Buffered { data, trailers } => data.is_none() && trailers.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Streamed { body } => body.size_hint(),
            Content::Buffered { data, .. } => {
                SizeHint::with_exact(data.as_ref().map_or(0, |data| data.len() as u64))
            }
        }
    }
}
