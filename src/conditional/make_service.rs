use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use axum::{ServiceExt, body::Body, extract::Request, routing::IntoMakeService};
use bytes::Bytes;
use http::Response;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::service::Conditional;

impl<Svc, St, X, M> Conditional<Svc, St, X, M> {
    /// For `axum::serve`, with the layer around a whole router:
    /// `axum::serve(listener, layer.layer(router).into_make_service())`.
    pub fn into_make_service<B>(self) -> IntoMakeService<AxumService<Self>>
    where
        Self: Service<Request, Response = Response<B>>,
        B: http_body::Body<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
    {
        ServiceExt::<Request>::into_make_service(AxumService { inner: self })
    }
}

/// A service that answers with axum's own body type, as `axum::serve` wants it; see
/// [`Conditional::into_make_service`].
#[derive(Clone, Debug)]
pub struct AxumService<S> {
    inner: S,
}

impl<S, B> Service<Request> for AxumService<S>
where
    S: Service<Request, Response = Response<B>>,
    B: http_body::Body<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = AxumFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let inner = self.inner.call(request);
        AxumFuture { inner }
    }
}

pin_project! {
    /// The answer of an [`AxumService`] under way.
    #[derive(Debug)]
    pub struct AxumFuture<F> {
        #[pin]
        inner: F,
    }
}

impl<F, B, E> Future for AxumFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: http_body::Body<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(self.project().inner.poll(cx))?;
        Poll::Ready(Ok(response.map(Body::new)))
    }
}
