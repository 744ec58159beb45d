//! One call of an updater: what it reads, over and over if it has to.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body;
use serde::de::DeserializeOwned;
use tower_service::Service;

use crate::{entity_tag::EntityTag, error::BoxError};

use super::{
    UpdateErrorKind, Versioned,
    content::{ContentFault, parse},
    error::Fault,
    exchange::{Answer, Exchange, Lost},
    pace::Pace,
    tags::{same_content, tag_of},
};

/// One call: it owns all it needs, so that its future borrows nothing.
pub(super) struct Call<S, B> {
    pub(super) exchange: Exchange<S, B>,
    pub(super) pace: Pace,
}

/// What a read has found.
pub(super) enum Found<T> {
    Value(Versioned<T>),
    /// 404 or 410.
    Nothing(Answer),
}

/// What a read is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// To start from. A cache's answer will do, and a failure is the caller's to know at once.
    First,
    /// To see what has become of a write: past all caches, and tried again where it fails.
    Again,
}

impl<S, B, R> Call<S, B>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    S::Error: Into<BoxError>,
    B: From<Bytes>,
    R: Body,
    R::Error: Into<BoxError>,
{
    /// Reads the resource; a value that is held is revalidated.
    pub(super) async fn read<T: DeserializeOwned>(
        &mut self,
        mut held: Option<Versioned<T>>,
        reading: Reading,
    ) -> Result<Found<T>, Fault> {
        let is_patient = reading == Reading::Again;
        loop {
            let tag = held.as_ref().and_then(|held| held.tag.as_ref());
            let request = self.read_request(tag, reading);
            let answer = match self.exchange.send(request).await {
                Ok(answer) => answer,
                Err(Lost::NotSent(error) | Lost::OnTheWay(error)) => {
                    let fault = Fault::caused(UpdateErrorKind::Service, error);
                    self.again(is_patient, fault).await?;
                    continue;
                }
            };
            match answer.status() {
                StatusCode::OK => match value_of(answer) {
                    Ok(value) => return Ok(Found::Value(value)),
                    // It broke off on the way, or is no such value.
                    Err(fault) => {
                        let is_lost = fault.kind == UpdateErrorKind::Service;
                        self.again(is_patient && is_lost, fault).await?;
                    }
                },
                // Without a tag there was no condition.
                StatusCode::NOT_MODIFIED => match held.take().filter(|held| held.tag.is_some()) {
                    Some(value) if speaks_of(&answer, &value) => {
                        return Ok(Found::Value(freshen(value, answer)));
                    }
                    // RFC 9111 §4.3.4: with the tag of something else it is about nothing that
                    // is held.
                    Some(_) => {
                        let fault =
                            Fault::answered(UpdateErrorKind::Status, answer.into_response());
                        self.again(true, fault).await?;
                    }
                    None => return Err(status(answer)),
                },
                StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(Found::Nothing(answer)),
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                    self.later(answer).await?;
                }
                StatusCode::INTERNAL_SERVER_ERROR
                | StatusCode::BAD_GATEWAY
                | StatusCode::GATEWAY_TIMEOUT => {
                    self.again(is_patient, status(answer)).await?;
                }
                _ => return Err(status(answer)),
            }
        }
    }

    fn read_request(&self, held: Option<&EntityTag>, reading: Reading) -> Request<B> {
        let mut request = self.exchange.request(Method::GET, Bytes::new());
        let headers = request.headers_mut();
        if let Some(tag) = held {
            headers.insert(header::IF_NONE_MATCH, tag.clone().into());
        }
        if reading == Reading::Again {
            // RFC 9111 §5.2.1.4: no stored answer without asking the server.
            let no_cache = HeaderValue::from_static("no-cache");
            headers.insert(header::CACHE_CONTROL, no_cache);
        }
        request
    }

    /// Waits for the next try, or fails with `fault`.
    async fn again(&mut self, may: bool, fault: Fault) -> Result<(), Fault> {
        if may && self.pace.pause(None).await.is_ok() {
            Ok(())
        } else {
            Err(fault)
        }
    }

    /// Waits as the server asks. A wait that is too long is the server's answer; after too many
    /// the tries are used up.
    pub(super) async fn later(&mut self, answer: Answer) -> Result<(), Fault> {
        let pause = self.pace.pause(answer.retry_after()).await;
        pause.map_err(|over| status(answer).but(over.into()))
    }
}

/// An answer that ends the call.
pub(super) fn status(answer: Answer) -> Fault {
    Fault::answered(UpdateErrorKind::Status, answer.into_response())
}

fn value_of<T: DeserializeOwned>(answer: Answer) -> Result<Versioned<T>, Fault> {
    let Answer { head, content } = answer;
    let is_broken = matches!(content, Err(ContentFault::Broken(_)));
    match parse(&head.headers, content) {
        Ok(value) => Ok(Versioned {
            value,
            tag: tag_of(&head.headers),
            headers: head.headers,
        }),
        Err(fault) if is_broken => Err(fault),
        Err(mut fault) => {
            fault.response = Some(Box::new(Response::from_parts(head, Bytes::new())));
            Err(fault)
        }
    }
}

/// Whether a 304 is about the value that is held.
fn speaks_of<T>(answer: &Answer, held: &Versioned<T>) -> bool {
    match (tag_of(answer.headers()), &held.tag) {
        (Some(now), Some(held)) => same_content(&now, held),
        _ => true,
    }
}

/// The value that is held, with the fields of the 304.
fn freshen<T>(mut held: Versioned<T>, answer: Answer) -> Versioned<T> {
    // RFC 9111 §3.2: all fields are replaced, but for those that describe the stored content.
    let new: HeaderMap = answer.head.headers;
    for name in new.keys() {
        if [
            header::CONTENT_LENGTH,
            header::CONTENT_ENCODING,
            header::CONTENT_TYPE,
        ]
        .contains(name)
        {
            continue;
        }
        held.headers.remove(name);
        for line in new.get_all(name) {
            held.headers.append(name, line.clone());
        }
    }
    // If it has become weak, nothing can be written under it any more.
    held.tag = tag_of(&new).or(held.tag);
    held
}
