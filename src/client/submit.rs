//! One write, sent until it is known what became of it.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Body;
use serde::de::DeserializeOwned;
use tower_service::Service;

use crate::{entity_tag::EntityTag, error::BoxError};

use super::{
    UpdateErrorKind, Versioned,
    call::{Call, Found, Reading, status},
    error::Fault,
    exchange::{Answer, Lost},
    meaning::{self, Meaning},
    random,
    tags::same_version,
};

/// What a write asks for; there is none that asks for nothing.
pub(super) enum Condition {
    /// If-Match, with a strong tag.
    Match(EntityTag),
    /// If-None-Match: *
    Absent,
}

/// A write: the same request each time that it is sent.
pub(super) struct Write {
    method: Method,
    condition: Condition,
    content: Bytes,
    idempotency_key: Option<HeaderValue>,
    /// Whether a refusal is the end of it, so that there is nothing to wait for.
    pub(super) is_final: bool,
}

/// What became of a write, for certain.
pub(super) enum Verdict<T> {
    Done(Answer),
    /// It was not applied: this is current now.
    Refused(Found<T>),
    /// There is nothing to write to.
    Gone {
        answer: Answer,
        /// An answer to this very write was lost before, so it may be its own doing.
        after_loss: bool,
    },
}

/// A write that ended in no verdict, and what was read after it.
pub(super) struct Failed<T> {
    pub(super) fault: Fault,
    pub(super) theirs: Option<Versioned<T>>,
}

impl<T> From<Fault> for Failed<T> {
    fn from(fault: Fault) -> Self {
        let theirs = None;
        Self { fault, theirs }
    }
}

impl Write {
    pub(super) fn new(method: Method, condition: Condition, content: Bytes) -> Self {
        Self {
            method,
            condition,
            content,
            idempotency_key: None,
            is_final: false,
        }
    }

    pub(super) fn with_idempotency_key(mut self, wanted: bool) -> Self {
        self.idempotency_key = wanted.then(new_key);
        self
    }

    /// Whether what was found is what the write asks for, so that it has not been applied.
    fn is_unapplied<T>(&self, found: &Found<T>) -> bool {
        match (&self.condition, found) {
            (Condition::Match(tag), Found::Value(now)) => {
                now.tag.as_ref().is_some_and(|now| same_version(now, tag))
            }
            (Condition::Absent, Found::Nothing(_)) => true,
            _ => false,
        }
    }
}

/// A key that no other request has: a random UUID as a structured field's string
/// (draft-ietf-httpapi-idempotency-key-header §2.1).
fn new_key() -> HeaderValue {
    let [high, low] = [random::number(), random::number()];
    let text = format!(
        "\"{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}\"",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        8 | low >> 60 & 0b11,
        low >> 48 & 0xfff,
        low & 0xffff_ffff_ffff,
    );
    HeaderValue::try_from(text).expect("hex digits, hyphens and quotes are a field value")
}

impl<S, B, R> Call<S, B>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    S::Error: Into<BoxError>,
    B: From<Bytes>,
    R: Body,
    R::Error: Into<BoxError>,
{
    /// Sends `write`, whose value was derived from `held`, until it is known what became of it.
    ///
    /// It is safe to send the same write twice, since a strong tag is never used again: of all
    /// its copies one at most is applied. But a refusal that another client has caused looks like
    /// one that an earlier copy has caused; so once an answer was lost, a refusal is no verdict.
    pub(super) async fn submit<T: Clone + DeserializeOwned>(
        &mut self,
        write: &Write,
        held: Option<&Versioned<T>>,
    ) -> Result<Verdict<T>, Failed<T>> {
        let mut may_be_applied = false;
        let mut asked_by_key = false;
        loop {
            let mut asked = None;
            let lost = match self.exchange.send(self.write_request(write)).await {
                Err(Lost::NotSent(error)) => {
                    let fault = Fault::caused(UpdateErrorKind::Service, error);
                    return Err(unless_open(may_be_applied, fault).into());
                }
                Err(Lost::OnTheWay(error)) => Fault::caused(UpdateErrorKind::OutcomeUnknown, error),
                Ok(answer) => {
                    asked = answer.retry_after();
                    match meaning::of(answer.status(), answer.puts_off()) {
                        Meaning::Done => return Ok(Verdict::Done(answer)),
                        Meaning::Taken => {
                            return Err(unless_open(true, status(answer)).into());
                        }
                        Meaning::Never => {
                            return Err(unless_open(may_be_applied, status(answer)).into());
                        }
                        Meaning::Gone if may_be_applied && write.method != Method::DELETE => {
                            return Err(unless_open(true, status(answer)).into());
                        }
                        Meaning::Gone => {
                            let after_loss = may_be_applied;
                            return Ok(Verdict::Gone { answer, after_loss });
                        }
                        Meaning::Later => {
                            let later = self.later(answer).await;
                            later.map_err(|fault| unless_open(may_be_applied, fault))?;
                            continue;
                        }
                        Meaning::Refused => {
                            match self.refused(write, held, answer, may_be_applied).await? {
                                Some(verdict) => return Ok(verdict),
                                None => continue,
                            }
                        }
                        Meaning::Open => {
                            let kind = UpdateErrorKind::OutcomeUnknown;
                            Fault::answered(kind, answer.into_response())
                        }
                    }
                }
            };
            may_be_applied = true;
            // What was lost first says more than why it could not be looked up.
            let Ok(found) = self.read(held.cloned(), Reading::Again).await else {
                return Err(lost.into());
            };
            if write.is_unapplied(&found) {
                if self.pace.pause(asked).await.is_err() {
                    let fault = lost.but(UpdateErrorKind::NotApplied);
                    return Err(failed(fault, found));
                }
                continue;
            }
            match found {
                Found::Nothing(answer) if write.method == Method::DELETE => {
                    let after_loss = true;
                    return Ok(Verdict::Gone { answer, after_loss });
                }
                // The server may know the request by its key, and then answers with success.
                // If it does not, the tag is stale by now and nothing happens.
                _ if write.idempotency_key.is_some()
                    && !asked_by_key
                    && self.pace.pause(asked).await.is_ok() =>
                {
                    asked_by_key = true;
                }
                found => return Err(failed(lost, found)),
            }
        }
    }

    /// After 412 or 409: what is current, or `None` to send the same once more.
    async fn refused<T: Clone + DeserializeOwned>(
        &mut self,
        write: &Write,
        held: Option<&Versioned<T>>,
        answer: Answer,
        may_be_applied: bool,
    ) -> Result<Option<Verdict<T>>, Failed<T>> {
        let asked = answer.retry_after();
        let is_conflict = answer.status() == StatusCode::CONFLICT;
        let refusal = Fault::answered(UpdateErrorKind::TriesUsedUp, answer.into_response());
        let mut over = None;
        if !write.is_final {
            over = self.pace.pause(asked).await.err();
        }
        let found = match self.read(held.cloned(), Reading::Again).await {
            Ok(found) => found,
            Err(fault) => return Err(unless_open(may_be_applied, fault).into()),
        };
        if write.is_unapplied(&found) {
            let kind = match (&write.condition, is_conflict, asked) {
                // Something else was current, perhaps by the copy whose answer was lost: it has
                // been undone since, or what was read is no longer current.
                (_, false, _) if may_be_applied => UpdateErrorKind::OutcomeUnknown,
                // It was there, and is gone again; or the server asks for time.
                (Condition::Absent, false, _) | (_, true, Some(_)) => {
                    if write.is_final {
                        over = self.pace.pause(asked).await.err();
                    }
                    match over {
                        None => return Ok(None),
                        // The copy whose answer was lost can be what is in the way.
                        Some(_) if may_be_applied => UpdateErrorKind::NotApplied,
                        Some(over) => over.into(),
                    }
                }
                (_, true, None) if may_be_applied => UpdateErrorKind::NotApplied,
                // Not the version is in the way.
                (_, true, None) => UpdateErrorKind::Status,
                (Condition::Match(_), false, _) => UpdateErrorKind::TagUnchanged,
            };
            return Err(failed(refusal.but(kind), found));
        }
        match found {
            Found::Nothing(answer) if write.method == Method::DELETE => {
                let after_loss = may_be_applied;
                Ok(Some(Verdict::Gone { answer, after_loss }))
            }
            // The first copy is still being carried out, as draft-ietf-httpapi-idempotency-key-header
            // §2.6 has it, and its answer will be the second one's.
            _ if may_be_applied
                && is_conflict
                && asked.is_some()
                && write.idempotency_key.is_some()
                && !write.is_final
                && over.is_none() =>
            {
                Ok(None)
            }
            found if may_be_applied => {
                let fault = refusal.but(UpdateErrorKind::OutcomeUnknown);
                Err(failed(fault, found))
            }
            // More tries would find nothing to write to either.
            found @ Found::Nothing(_) => Ok(Some(Verdict::Refused(found))),
            found => match over {
                None => Ok(Some(Verdict::Refused(found))),
                Some(over) => Err(failed(refusal.but(over.into()), found)),
            },
        }
    }

    fn write_request(&self, write: &Write) -> Request<B> {
        let mut request = self
            .exchange
            .request(write.method.clone(), write.content.clone());
        let headers = request.headers_mut();
        match &write.condition {
            Condition::Match(tag) => headers.insert(header::IF_MATCH, tag.clone().into()),
            // §13.1.2: true while there is no current representation.
            Condition::Absent => {
                headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static("*"))
            }
        };
        if let Some(key) = &write.idempotency_key {
            const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
            headers.insert(IDEMPOTENCY_KEY, key.clone());
        }
        request
    }
}

/// A failure after a lost answer leaves open what the lost one has done.
fn unless_open(may_be_applied: bool, fault: Fault) -> Fault {
    if may_be_applied {
        fault.but(UpdateErrorKind::OutcomeUnknown)
    } else {
        fault
    }
}

fn failed<T>(fault: Fault, found: Found<T>) -> Failed<T> {
    let theirs = match found {
        Found::Value(value) => Some(value),
        Found::Nothing(_) => None,
    };
    Failed { fault, theirs }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::new_key;

    #[test]
    fn each_idempotency_key_is_a_random_uuid_of_its_own() {
        let keys: HashSet<_> = (0..1_000).map(|_| new_key()).collect();
        assert_eq!(keys.len(), 1_000);
        for key in keys {
            let text = key.to_str().expect("ASCII");
            let text = text.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
            let parts: Vec<_> = text.expect("a quoted string").split('-').collect();
            assert_eq!(
                parts.iter().map(|part| part.len()).collect::<Vec<_>>(),
                [8, 4, 4, 4, 12]
            );
            assert!(
                parts[2].starts_with('4') && "89ab".contains(&parts[3][..1]),
                "{key:?}"
            );
        }
    }
}
