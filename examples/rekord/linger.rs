//! Answers that are given before the request body was read: 401, 412, 413 and others.
//!
//! A server that closes a connection while the client still sends makes the client's system throw
//! the answer away. So what a handler leaves of a body is read and dropped, within bounds, while
//! the answer is on its way.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::EXPECT;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as HttpBody, Frame, SizeHint};

/// Past these the connection is closed, answer or not.
const MAX_BYTES: usize = 16 << 20;
const MAX_TIME: Duration = Duration::from_secs(5);

/// Puts the request body into one that is read to its end even if the handler does not.
pub(crate) async fn read_to_the_end(request: Request) -> Request {
    // A client that waits for `100 Continue` has sent nothing, and reading would ask it to.
    if request.headers().contains_key(EXPECT) || request.body().is_end_stream() {
        return request;
    }
    request.map(|body| Body::new(Lingering { body }))
}

struct Lingering {
    body: Body,
}

impl HttpBody for Lingering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Err(_)) | None) = polled {
            self.body = Body::empty();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let body = std::mem::take(&mut self.body);
        // Outside a runtime, in a test for one, there is no connection to keep.
        if let (false, Ok(runtime)) = (body.is_end_stream(), tokio::runtime::Handle::try_current())
        {
            runtime.spawn(tokio::time::timeout(MAX_TIME, drain(body)));
        }
    }
}

async fn drain(body: Body) {
    let mut body = Limited::new(body, MAX_BYTES);
    while let Some(Ok(_)) = body.frame().await {}
}
