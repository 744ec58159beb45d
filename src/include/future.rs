use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use super::{answer::include_told, body::ResponseBody, member::Member};

pin_project! {
    /// The answer under way, to be told its version if the request asked for it.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        asked: Option<Asked>,
    }
}

/// What an answer needs to know of a request that asked for the version.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) member: Member,
    pub(super) is_head: bool,
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, asked: Option<Asked>) -> Self {
        Self { inner, asked }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx))?;
        Poll::Ready(Ok(match this.asked {
            Some(Asked { member, is_head }) => include_told(response, member, *is_head),
            None => response.map(ResponseBody::pass),
        }))
    }
}
