//! The content of an answer, in memory, within bounds.

use std::pin::pin;

use bytes::{Buf, Bytes};
use http::{HeaderMap, header};
use http_body::Body;
use serde::de::DeserializeOwned;

use crate::error::BoxError;

use super::error::{Fault, UpdateErrorKind};

/// Why there is no content, or none that can be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ContentFault {
    #[error("the answer broke off")]
    Broken(#[source] BoxError),
    #[error("the content is longer than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the content is coded, and was asked for as it is")]
    Coded,
}

impl From<ContentFault> for Fault {
    fn from(fault: ContentFault) -> Self {
        let kind = match fault {
            ContentFault::Broken(_) => UpdateErrorKind::Service,
            ContentFault::TooLarge { .. } | ContentFault::Coded => UpdateErrorKind::Content,
        };
        Self::caused(kind, fault)
    }
}

/// All of a body.
pub(super) async fn collect<R>(body: R, limit: usize) -> Result<Bytes, ContentFault>
where
    R: Body,
    R::Error: Into<BoxError>,
{
    let mut body = pin!(body);
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if expected > limit {
        return Err(ContentFault::TooLarge { limit });
    }
    // What a server announces costs nothing before it comes.
    let mut content = Vec::with_capacity(expected.min(1 << 16));
    while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|error| ContentFault::Broken(error.into()))?;
        let Ok(mut data) = frame.into_data() else {
            continue;
        };
        if data.remaining() > limit - content.len() {
            return Err(ContentFault::TooLarge { limit });
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            let length = chunk.len();
            content.extend_from_slice(chunk);
            data.advance(length);
        }
    }
    Ok(content.into())
}

/// The value that JSON content stands for.
pub(super) fn parse<T: DeserializeOwned>(
    headers: &HeaderMap,
    content: Result<Bytes, ContentFault>,
) -> Result<T, Fault> {
    let content = content?;
    let codings = headers.get_all(header::CONTENT_ENCODING);
    if codings.iter().any(|coding| coding != "identity") {
        return Err(ContentFault::Coded.into());
    }
    serde_json::from_slice(&content).map_err(|it| Fault::caused(UpdateErrorKind::Content, it))
}
