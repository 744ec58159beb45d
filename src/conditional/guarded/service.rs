use std::{
    mem,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body::Body;
use tower_service::Service;

use crate::{
    body::ResponseBody,
    conditional::{
        future::ResponseFuture,
        mode::{Guarded, InPlace},
        reject::{reject, reject_unidentified},
        resource::{NoResource, Resource},
        service::Conditional,
    },
    current::Current,
    key::{KeyExtractor, RequestHead},
    precondition::{Fields, Outcome, Rejection, RejectionKind, Target},
    store::GuardedStore,
};

use super::{
    admission::Admission,
    exchange::Exchange,
    future::{GuardedFuture, Start, StartFn},
    hold::Hold,
    location::Origin,
    request_body::RequestBody,
    spawn::{SpawnedWrite, Task, detach},
    write::GuardedWrite,
};

impl<Svc, St, X, B, ResBody> Service<Request<B>> for Conditional<Svc, St, X, Guarded<InPlace>>
where
    Svc: Service<Request<RequestBody<B>>, Response = Response<ResBody>> + Clone,
    X: KeyExtractor<Key: PartialEq + Send + Sync + 'static>,
    St: GuardedStore<X::Key>,
    B: Body<Data = Bytes>,
    ResBody: Body,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = Svc::Error;
    type Future =
        GuardedFuture<Svc, B, ResBody, St, X, InPlace, GuardedWrite<Svc, B, ResBody, St, X>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.exchange(request, |_, write| write)
    }
}

impl<Svc, St, X, B, ResBody, Sp> Service<Request<B>> for Conditional<Svc, St, X, Guarded<Sp>>
where
    Svc: Service<Request<RequestBody<B>>, Response = Response<ResBody>> + Clone,
    X: KeyExtractor<Key: PartialEq + Send + Sync + 'static>,
    St: GuardedStore<X::Key>,
    B: Body<Data = Bytes>,
    Sp: Fn(Task),
    // The write goes on by itself, on another task.
    GuardedWrite<Svc, B, ResBody, St, X>: Send + 'static,
    ResBody: Body + Send + 'static,
    Svc::Error: Send + 'static,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = Svc::Error;
    type Future =
        GuardedFuture<Svc, B, ResBody, St, X, Sp, SpawnedWrite<ResBody, Svc::Error, St, X>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        self.exchange(request, detach)
    }
}

impl<Svc, St, X, Sp> Conditional<Svc, St, X, Guarded<Sp>> {
    fn exchange<B, ResBody, W>(
        &mut self,
        request: Request<B>,
        start: StartFn<Sp, GuardedWrite<Svc, B, ResBody, St, X>, W>,
    ) -> GuardedFuture<Svc, B, ResBody, St, X, Sp, W>
    where
        Svc: Service<Request<RequestBody<B>>, Response = Response<ResBody>> + Clone,
        X: KeyExtractor,
        St: GuardedStore<X::Key>,
        B: Body<Data = Bytes>,
    {
        let spawn = Arc::clone(&self.mode.spawn);
        let start = Start { spawn, start };
        let head = RequestHead::of(&request);
        let resource = match Resource::of(&head, &*self.shared.key) {
            Ok(resource) => resource,
            Err(NoResource::Neither) => {
                let answer = self.inner.call(request.map(RequestBody::streamed));
                return GuardedFuture::read(start, ResponseFuture::pass(answer));
            }
            Err(NoResource::Unidentified { is_call }) => {
                drop(self.take_ready());
                let refusal = reject_unidentified(&self.shared.policy, is_call, request);
                return GuardedFuture::refused(start, refusal);
            }
        };
        let is_write = resource.is_write;
        let shared = Arc::clone(&self.shared);
        let policy = &shared.policy;
        // No call is one: what calls mean is another method.
        let is_post = resource.method == Method::POST;
        let is_guarded = is_write
            && (!is_post
                || policy.guarded.guards_posts
                || is_conditional(&head)
                || policy.requires_precondition(&resource.method, &head));
        let streams = resource.is_call() && shared.key.is_streaming(&head);
        let limit = policy.guarded.body_limit;
        if is_guarded && let Some(rejection) = refused_at_once(limit, &resource, streams, &request)
        {
            let headers = mem::take(&mut request.into_parts().0.headers);
            let refusal = reject(policy, &resource, rejection, headers);
            drop(self.take_ready());
            return GuardedFuture::refused(start, refusal);
        }

        if !is_write {
            let request = request.map(RequestBody::streamed);
            return GuardedFuture::read(start, self.answer(resource, request));
        }
        let origin = is_post.then(|| Box::new(Origin::of(&head)));
        // What a call sends says whether it is one that can be guarded.
        let streams = policy.guarded.streams_bodies && !resource.is_call();
        let hold = Hold::new(policy.guarded.hold_limit);
        let exchange = Exchange {
            shared,
            resource,
            plan: None,
            origin,
            fingerprint: None,
            hold,
        };
        let service = self.take_ready();
        if !is_guarded {
            let call = (service, request.map(RequestBody::streamed));
            return GuardedFuture::admitted(start, GuardedWrite::new(exchange, None, call));
        }
        let admission = if streams {
            Admission::stream(exchange, service, request)
        } else {
            Admission::collect(exchange, service, request)
        };
        GuardedFuture::admission(start, admission)
    }
}

/// What is wrong with a guarded write whatever is current, before its content is read.
fn refused_at_once<B: Body, K>(
    body_limit: usize,
    resource: &Resource<K>,
    is_streaming: bool,
    request: &Request<B>,
) -> Option<Rejection> {
    if is_streaming {
        return Some(Rejection::new(RejectionKind::NotUnary));
    }
    let unknown = Current::Unknown;
    let outcome = resource.judge(Fields::of(request.headers()), &Target::new(unknown));
    if let Outcome::Malformed(_) = outcome {
        return outcome.into_result(unknown).err();
    }
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let length = declared
        .unwrap_or(0)
        .max(request.body().size_hint().lower());
    let is_too_large = usize::try_from(length).map_or(true, |length| length > body_limit);
    is_too_large.then(|| Rejection::new(RejectionKind::ContentTooLarge))
}

/// Whether there is a field that could be a precondition of this write.
fn is_conditional(head: &RequestHead<'_>) -> bool {
    [
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        header::IF_UNMODIFIED_SINCE,
    ]
    .iter()
    .any(|name| head.headers.contains_key(name))
}
