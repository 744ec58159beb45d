//! gRPC calls under a guard: one message in, and an answer whose end says what was done.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_timer::Delay;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body::Body;

use crate::{
    body::ResponseBody,
    conditional::event::EventKind,
    grpc::{Code, Messages},
    store::Effect,
};
#[cfg(feature = "grpc")]
use crate::{conditional::reject::conflict, current::Current};

use super::{
    collect::{Collected, Uncollected},
    effect::Ending,
    exchange::Exchange,
    hold::delay,
};

/// How many messages a body has to have.
pub(super) enum Framing {
    /// No call: there are none.
    Free,
    /// Exactly one. A client that sends it and goes on, or leaves open whether it does, streams:
    /// the end is waited for, this long.
    Request(Duration, Option<Delay>),
    /// One at most.
    Answer,
}

impl Framing {
    /// Whether what stands behind the content is part of the message. No request of gRPC has
    /// trailers; tonic merges what comes as such into the metadata, where it could name another
    /// resource than the one that is guarded.
    pub(super) const fn has_trailers(&self) -> bool {
        !matches!(self, Self::Request(..))
    }

    pub(super) fn check(&self, content: &[u8]) -> Result<(), Uncollected> {
        if matches!(self, Self::Free) {
            return Ok(());
        }
        match Messages::of(content) {
            Messages::Partial | Messages::One => Ok(()),
            Messages::Several => Err(Uncollected::NotUnary),
            Messages::Malformed => Err(Uncollected::Incomplete),
        }
    }

    /// The same of content that has ended.
    pub(super) fn check_end(&self, content: &[u8]) -> Result<(), Uncollected> {
        match self {
            // gRPC's list of status codes: "Request cardinality violation (method requires exactly
            // one request but client sent some other number of requests)" is UNIMPLEMENTED.
            Self::Request(..) if content.is_empty() => Err(Uncollected::NotUnary),
            Self::Request(..) if Messages::of(content) == Messages::Partial => {
                Err(Uncollected::Incomplete)
            }
            _ => Ok(()),
        }
    }

    /// Whether enough was waited for an end that may never come: a client that streams in both
    /// directions waits for an answer to its first message.
    pub(super) fn wait(&mut self, content: &[u8], cx: &mut Context<'_>) -> Poll<Uncollected> {
        let Self::Request(limit, waiting) = self else {
            return Poll::Pending;
        };
        if Messages::of(content) != Messages::One {
            return Poll::Pending;
        }
        let waiting = waiting.get_or_insert_with(|| delay(*limit));
        Pin::new(waiting).poll(cx).map(|()| Uncollected::NotUnary)
    }
}

impl<B> From<Collected> for ResponseBody<B> {
    fn from(collected: Collected) -> Self {
        Self::collected(collected.content, collected.trailers)
    }
}

/// Whether something of a call's answer is still to come: what the call has done, as a rule.
pub(super) fn is_open<B: Body>(response: &Response<B>) -> bool {
    let is_whole = || Code::of(response.headers()).is_some() && response.body().is_end_stream();
    response.status() == StatusCode::OK && !is_whole()
}

/// What an answer says of the outcome.
#[derive(Clone, Copy, Debug)]
struct Told {
    code: Code,
    /// In the trailers, and not in the head before.
    is_late: bool,
}

impl Told {
    /// `None`: it does not say.
    fn by<B>(response: &Response<ResponseBody<B>>) -> Option<Self> {
        let head = Code::of(response.headers());
        match (head, response.body().trailers().and_then(Code::of)) {
            // Clients differ in which of the two they believe.
            (Some(head), Some(end)) if head != end => Some(Code::Unknown),
            (head, end) => head.or(end),
        }
        .map(|code| Self {
            code,
            is_late: head.is_none(),
        })
    }
}

fn code<B>(response: &Response<ResponseBody<B>>) -> Option<Code> {
    Told::by(response).map(|told| told.code)
}

/// Changes the fields in which the status stands last.
fn beside_status<B>(response: &mut Response<ResponseBody<B>>, change: impl FnOnce(&mut HeaderMap)) {
    if let Some(trailers) = response.body_mut().trailers_mut()
        && Code::of(trailers).is_some()
    {
        return change(trailers);
    }
    change(response.headers_mut());
}

/// How a call ends.
fn ending_of(method: &Method, status: StatusCode, told: Option<Told>) -> Ending {
    if status != StatusCode::OK {
        // No gRPC: something before the method has answered. It commits nothing.
        return match Ending::of(method, status) {
            Ending::Commit(_) => Ending::Failed,
            ending => ending,
        };
    }
    let Some(Told { code, is_late }) = told else {
        return Ending::Failed;
    };
    match code {
        Code::Ok if *method == Method::DELETE => Ending::Commit(Effect::Deleted),
        Code::Ok => Ending::Commit(Effect::Written),
        // Servers say so too of an answer that is too long to be sent, when all is done: tonic the
        // latter, others the former.
        Code::ResourceExhausted | Code::OutOfRange if is_late => Ending::Failed,
        Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Unauthenticated => Ending::Release,
        Code::Cancelled
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => Ending::Failed,
    }
}

impl<St, X, K: fmt::Debug> Exchange<St, X, K> {
    /// What the answer says was done.
    pub(super) fn ending<B>(&self, response: &Response<ResponseBody<B>>) -> Ending {
        let (method, status) = (&self.resource.method, response.status());
        if self.resource.is_call() {
            return ending_of(method, status, Told::by(response));
        }
        Ending::of(method, status)
    }

    /// The status for events: HTTP's, or of a call the one that stands for its own.
    pub(super) fn status<B>(&self, response: &Response<ResponseBody<B>>) -> StatusCode {
        if self.resource.is_call() && response.status() == StatusCode::OK {
            return code(response).unwrap_or(Code::Unknown).as_http();
        }
        response.status()
    }

    /// A handler that has lost a race of its own says so in its own words; what is current stands
    /// beside them.
    #[cfg(feature = "grpc")]
    pub(super) fn tell_aborted<B>(
        &self,
        current: Current,
        response: &mut Response<ResponseBody<B>>,
    ) {
        if self.resource.is_call()
            && code(response) == Some(Code::Aborted)
            && let Some(plan) = &self.plan
        {
            let conflict = conflict(plan, current);
            beside_status(response, |fields| crate::grpc::tell(&conflict, fields));
        }
    }

    /// The tag stands where it is still true: beside the status.
    pub(super) fn label_call<B>(
        &self,
        tag: Option<HeaderValue>,
        response: &mut Response<ResponseBody<B>>,
    ) {
        if code(response) != Some(Code::Ok) {
            return;
        }
        let tag = tag.filter(|_| self.resource.method != Method::DELETE);
        let own = response.headers_mut().remove(header::ETAG);
        if own.is_some() && own != tag {
            self.emit(EventKind::Undeclared(&header::ETAG));
        }
        beside_status(response, |fields| {
            fields.remove(header::ETAG);
            if let Some(tag) = tag {
                fields.insert(header::ETAG, tag);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_ending() {
        use Code::{
            Aborted, AlreadyExists, Cancelled, DataLoss, DeadlineExceeded, FailedPrecondition,
            Internal, InvalidArgument, NotFound, Ok, OutOfRange, PermissionDenied,
            ResourceExhausted, Unauthenticated, Unavailable, Unimplemented, Unknown,
        };
        let told = |code, is_late| Some(Told { code, is_late });
        let of = |told| ending_of(&Method::PUT, StatusCode::OK, told);
        let nothing_done = [
            InvalidArgument,
            NotFound,
            AlreadyExists,
            PermissionDenied,
            ResourceExhausted,
            FailedPrecondition,
            Aborted,
            OutOfRange,
            Unimplemented,
            Unauthenticated,
        ];
        let who_knows = [
            Cancelled,
            Unknown,
            DeadlineExceeded,
            Internal,
            Unavailable,
            DataLoss,
        ];
        for is_late in [false, true] {
            assert_eq!(of(told(Ok, is_late)), Ending::Commit(Effect::Written));
            let deleted = ending_of(&Method::DELETE, StatusCode::OK, told(Ok, is_late));
            assert_eq!(deleted, Ending::Commit(Effect::Deleted));
            for code in nothing_done {
                // What is late may be about the answer alone.
                let ending = match code {
                    ResourceExhausted | OutOfRange if is_late => Ending::Failed,
                    _ => Ending::Release,
                };
                assert_eq!(of(told(code, is_late)), ending, "{code:?}");
            }
            for code in who_knows {
                assert_eq!(of(told(code, is_late)), Ending::Failed, "{code:?}");
            }
        }
        assert_eq!(of(None), Ending::Failed);
    }

    #[test]
    fn another_status_than_200_commits_nothing() {
        for (status, ending) in [
            (201, Ending::Failed),
            (204, Ending::Failed),
            (302, Ending::Failed),
            (307, Ending::Release),
            (404, Ending::Release),
            (415, Ending::Release),
            (500, Ending::Failed),
            (503, Ending::Failed),
        ] {
            let status = StatusCode::from_u16(status).expect("a status");
            let done = Told {
                code: Code::Ok,
                is_late: true,
            };
            for told in [None, Some(done)] {
                assert_eq!(ending_of(&Method::PUT, status, told), ending, "{status}");
            }
        }
    }
}
