use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use pin_project_lite::pin_project;

use crate::{body::ResponseBody, entity_tag::EntityTag};

use super::request_tags::Held;

pin_project! {
    /// The answer of a [`CodedTag`](super::CodedTag) under way.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        codings: Arc<[&'static str]>,
        held: Held,
        is_read: bool,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, codings: Arc<[&'static str]>, held: Held, is_read: bool) -> Self {
        Self {
            inner,
            codings,
            held,
            is_read,
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.inner.poll(cx))?;
        let status = response.status();
        let headers = response.headers_mut();
        if *this.is_read && (status.is_success() || status == StatusCode::NOT_MODIFIED) {
            vary_by_coding(headers);
        }
        if status != StatusCode::NOT_MODIFIED {
            // The tag on a 412 is not that of what it answers with.
            if status.is_success() {
                tag_coding(headers, this.codings);
            }
            return Poll::Ready(Ok(response.map(ResponseBody::service)));
        }
        // A layer that compresses takes the unknown length of the empty content for a long one.
        headers.remove(header::CONTENT_ENCODING);
        headers.remove(header::CONTENT_LENGTH);
        name_held(headers, this.held);
        Poll::Ready(Ok(response.map(|_| ResponseBody::not_modified())))
    }
}

/// `"5"` becomes `"5-gzip"` where `Content-Encoding` is `gzip`.
fn tag_coding(headers: &mut HeaderMap, codings: &[&'static str]) {
    let Some(tag) = strong_tag(headers) else {
        return;
    };
    let mut applied = headers.get_all(header::CONTENT_ENCODING).iter();
    let value = match (applied.next(), applied.next()) {
        (None, _) => return,
        (Some(only), None) => {
            let only = only.as_bytes().trim_ascii();
            if only.eq_ignore_ascii_case(b"identity") {
                return;
            }
            codings
                .iter()
                .find(|coding| only.eq_ignore_ascii_case(coding.as_bytes()))
                .map(|coding| coded(tag.opaque(), coding))
        }
        _ => None,
    };
    // No suffix would be known on the way in; a weak tag may name several codings (§8.8.1).
    let value = value.unwrap_or_else(|| [b"W/", tag.as_bytes()].concat());
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(header::ETAG, value);
    }
}

/// §15.4.5: a 304 updates the stored answer that has its tag, so it names one that is stored;
/// strong, as the 200 would name it, also where the client's was weakened on its way.
fn name_held(headers: &mut HeaderMap, held: &Held) {
    let Some(tag) = strong_tag(headers) else {
        return;
    };
    if let Some((plain, coding)) = held.iter().find(|(plain, _)| **plain == *tag.opaque())
        && let Ok(value) = HeaderValue::try_from(coded(plain, coding))
    {
        headers.insert(header::ETAG, value);
    }
}

fn strong_tag(headers: &HeaderMap) -> Option<EntityTag> {
    let tag = EntityTag::try_from(headers.get(header::ETAG)?).ok()?;
    (!tag.is_weak()).then_some(tag)
}

fn coded(opaque: &[u8], coding: &str) -> Vec<u8> {
    [b"\"", opaque, b"-", coding.as_bytes(), b"\""].concat()
}

/// §12.5.5. A `*` says it already.
fn vary_by_coding(headers: &mut HeaderMap) {
    let says_it = headers
        .get_all(header::VARY)
        .iter()
        .flat_map(|line| line.as_bytes().split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
        .any(|name| name == b"*" || name.eq_ignore_ascii_case(b"accept-encoding"));
    if !says_it {
        headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
}
