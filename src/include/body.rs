use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::edit::Edit;

pin_project! {
    /// The body of an answer: the service's own, with the version in it if it was asked for.
    ///
    /// Data frames of [`Bytes`] pass uncopied; of any other [`Buf`] they become `Bytes`.
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
        Pass { #[pin] inner: B },
        Edit {
            #[pin]
            inner: B,
            edit: Box<Edit>,
            trailers: Option<HeaderMap>,
            has_ended: bool,
        },
        Unsent { hint: SizeHint },
    }
}

impl<B> ResponseBody<B> {
    pub(super) fn pass(inner: B) -> Self {
        let content = Content::Pass { inner };
        Self { content }
    }

    pub(super) fn edit(inner: B, edit: Edit) -> Self {
        let content = Content::Edit {
            inner,
            edit: Box::new(edit),
            trailers: None,
            has_ended: false,
        };
        Self { content }
    }

    /// The body of an answer to HEAD: none, with the hint that the one to GET has, so that
    /// layers outside which go by the size treat both alike.
    pub(super) fn unsent(hint: SizeHint) -> Self {
        let content = Content::Unsent { hint };
        Self { content }
    }
}

impl<B: Default> Default for ResponseBody<B> {
    fn default() -> Self {
        Self::pass(B::default())
    }
}

impl<B> Body for ResponseBody<B>
where
    B: Body,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let (mut inner, edit, trailers, has_ended) = match self.project().content.project() {
            ContentProj::Pass { inner } => {
                let frame = ready!(inner.poll_frame(cx));
                return Poll::Ready(frame.map(|frame| Ok(frame?.map_data(into_bytes))));
            }
            ContentProj::Unsent { .. } => return Poll::Ready(None),
            ContentProj::Edit {
                inner,
                edit,
                trailers,
                has_ended,
            } => (inner, edit, trailers, has_ended),
        };
        loop {
            if let Some(piece) = edit.piece() {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            if let Some(mut trailers) = trailers.take() {
                edit.correct(&mut trailers);
                return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
            }
            if *has_ended {
                return Poll::Ready(None);
            }
            match ready!(inner.as_mut().poll_frame(cx)) {
                None => *has_ended = true,
                Some(Err(error)) => {
                    edit.abandon();
                    return Poll::Ready(Some(Err(error)));
                }
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => {
                        edit.feed(into_bytes(data));
                        *has_ended = inner.is_end_stream();
                    }
                    Err(frame) => {
                        *trailers = frame.into_trailers().ok();
                        *has_ended = true;
                    }
                },
            }
            if *has_ended {
                edit.finish();
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Pass { inner } => inner.is_end_stream(),
            Content::Edit {
                inner,
                edit,
                trailers,
                has_ended,
            } => edit.pending() == 0 && trailers.is_none() && (*has_ended || inner.is_end_stream()),
            Content::Unsent { .. } => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        let (inner, edit, has_ended) = match &self.content {
            Content::Pass { inner } => return inner.size_hint(),
            Content::Unsent { hint } => return *hint,
            Content::Edit {
                inner,
                edit,
                has_ended,
                ..
            } => (inner, edit, has_ended),
        };
        let left = match has_ended {
            true => SizeHint::with_exact(0),
            false => inner.size_hint(),
        };
        let pending = edit.pending();
        let mut hint = SizeHint::new();
        hint.set_lower(left.lower().saturating_add(pending));
        if let (Some(left), Some(added)) = (left.upper(), edit.most_added()) {
            hint.set_upper(left.saturating_add(pending).saturating_add(added));
        }
        hint
    }
}

/// Copies nothing if the data is one `Bytes`.
fn into_bytes(mut data: impl Buf) -> Bytes {
    data.copy_to_bytes(data.remaining())
}
