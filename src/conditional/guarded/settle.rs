//! What a handler's answer comes to, for the store and for the client.

use std::fmt;

use http::{Extensions, HeaderMap, Method, Response, StatusCode, header};

use crate::{
    body::ResponseBody,
    conditional::{
        event::EventKind,
        label::{self, label_write},
        policy::Selected,
        reject::conflict,
    },
    current::Current,
    key::KeyExtractor,
    precondition::{Committed, Rejection, RejectionKind, VersionConflict},
    store::{Change, CommitError, CommitErrorKind, Effect},
    version::Version,
};

use super::{
    Affects,
    effect::Ending,
    exchange::Exchange,
    steps::{Queue, Step},
};

/// How a guarded write's answer ends its guard.
pub(super) enum Settled<K, ResBody> {
    Commit(Change<K>, Ending, Response<ResponseBody<ResBody>>),
    Release(Response<ResponseBody<ResBody>>),
}

impl<St, X> Exchange<St, X, X::Key>
where
    X: KeyExtractor<Key: PartialEq + Send + Sync + 'static>,
{
    /// What the answer to a guarded write says was done, under a guard that says what is
    /// `current`.
    pub(super) fn settle<B>(
        &self,
        mut response: Response<ResponseBody<B>>,
        current: impl Fn() -> Current,
        steps: &mut Queue<X::Key>,
    ) -> Settled<X::Key, B> {
        if response.extensions().get::<VersionConflict>().is_some() {
            let rejection = match &self.plan {
                Some(plan) => conflict(plan, current()),
                None => Rejection::conflict(None),
            };
            return Settled::Release(self.reject(rejection, HeaderMap::new()));
        }
        let status = self.status(&response);
        let ending = self.ending(&response);
        if ending == Ending::Failed {
            response.headers_mut().remove(header::ETAG);
            if let Some(trailers) = response.body_mut().trailers_mut() {
                trailers.remove(header::ETAG);
            }
        }
        let mut change = match ending {
            Ending::Release => {
                push_affected(&mut response, steps);
                self.label(None, &mut response);
                #[cfg(feature = "grpc")]
                self.tell_aborted(current(), &mut response);
                self.emit(EventKind::Written(status, None));
                return Settled::Release(response);
            }
            // `Effect::Unknown` would roll back what a handler has done in the guard's transaction,
            // which is for failures; here the key is raised afterwards.
            Ending::Commit(Effect::Unknown) => Change::new(Effect::Written),
            Ending::Commit(effect) => Change::new(effect),
            Ending::Failed => Change::new(Effect::Unknown),
        };
        change.affects = affected(response.extensions_mut());
        // It rises by the commit itself.
        change.affects.retain(|(key, _)| *key != self.resource.key);
        if ending == Ending::Failed {
            for (_, effect) in &mut change.affects {
                *effect = Effect::Unknown;
            }
        } else {
            change.committed = label::committed(&response);
        }
        if matches!(ending, Ending::Commit(Effect::Written | Effect::Deleted)) {
            change.made_by = self.fingerprint;
        }
        Settled::Commit(change, ending, response)
    }

    /// The answer of a guarded write, after its commit.
    pub(super) fn conclude<B>(
        &self,
        ending: Ending,
        committed: Result<Version, CommitError>,
        mut response: Response<ResponseBody<B>>,
        steps: &mut Queue<X::Key>,
    ) -> Response<ResponseBody<B>> {
        let status = self.status(&response);
        let version = match committed {
            Ok(version) => version,
            Err(error) => {
                let kind = error.kind();
                self.emit(EventKind::StoreFailed(&error));
                if kind != CommitErrorKind::RolledBack {
                    self.emit(EventKind::OutcomeUnknown);
                }
                return match (ending, kind) {
                    // It says as much by itself.
                    (Ending::Failed, _) => {
                        self.label(None, &mut response);
                        self.emit(EventKind::Written(status, None));
                        response
                    }
                    (_, CommitErrorKind::RolledBack) => self.refuse(RejectionKind::RolledBack),
                    (_, CommitErrorKind::Unknown) => self.refuse(RejectionKind::OutcomeUnknown),
                };
            }
        };
        if ending == Ending::Commit(Effect::Unknown) {
            self.push_own(steps);
        }
        let created = self.created(&response);
        let is_known = matches!(ending, Ending::Commit(Effect::Written | Effect::Deleted));
        let version = Some(version).filter(|_| is_known);
        let tagged = version.filter(|_| self.speaks_of_itself(&response));
        self.label(tagged, &mut response);
        self.emit(EventKind::Written(status, version));
        if let Some(key) = created
            && key != self.resource.key
        {
            steps.push_back((key, Step::Register));
        }
        response
    }

    /// What is left to do after an answer to an unguarded write.
    pub(super) fn settle_unguarded<B>(
        &self,
        response: Response<B>,
        steps: &mut Queue<X::Key>,
    ) -> Response<ResponseBody<B>> {
        let mut response = response.map(ResponseBody::service);
        if response.extensions().get::<VersionConflict>().is_some() {
            return self.reject(Rejection::conflict(None), HeaderMap::new());
        }
        let status = response.status();
        if Ending::of(&self.resource.method, status) != Ending::Release {
            self.push_own(steps);
            if let Some(key) = self.created(&response) {
                steps.push_back((key, Step::Register));
            }
        }
        // What the handler says of its own resource comes last, and counts.
        push_affected(&mut response, steps);
        self.label(None, &mut response);
        self.emit(EventKind::Written(status, None));
        response
    }

    /// The write may have changed its own resource, or not: an item that was acted on, a list that
    /// has one more, what will be deleted later. No tag of it stays valid, and the next read finds
    /// out what it is.
    pub(super) fn push_own(&self, steps: &mut Queue<X::Key>) {
        let key = self.resource.key.clone();
        steps.push_back((key, Step::Raise(Effect::Unknown)));
    }

    /// The resource that a POST has created.
    fn created<B>(&self, response: &Response<B>) -> Option<X::Key> {
        let origin = self.origin.as_deref()?;
        if response.status() != StatusCode::CREATED {
            return None;
        }
        let location = response.headers().get(header::LOCATION)?;
        origin.key(&*self.shared.key, location)
    }

    /// Whether the version that was committed is that of what the answer speaks of. §8.8,
    /// §15.3.2: on the answer to a POST that is what `Content-Location` names, or `Location` on a
    /// 201, and often not the resource that was posted to.
    fn speaks_of_itself<B>(&self, response: &Response<B>) -> bool {
        if self.resource.method != Method::POST {
            return true;
        }
        let headers = response.headers();
        let named = match headers.get(header::CONTENT_LOCATION) {
            None if response.status() == StatusCode::CREATED => headers.get(header::LOCATION),
            content_location => content_location,
        };
        let origin = self.origin.as_deref();
        let key = named
            .zip(origin)
            .and_then(|(named, origin)| origin.key(&*self.shared.key, named));
        key.as_ref() == Some(&self.resource.key)
    }

    /// Labels the answer with the version of the resource that it speaks of.
    fn label<B>(&self, version: Option<Version>, response: &mut Response<ResponseBody<B>>) {
        let policy = &self.shared.policy;
        let method = &self.resource.method;
        let plan = self.plan.as_ref();
        let selected = plan.map_or(Selected::Plain, |plan| plan.selected);
        if self.resource.is_call() {
            let tag = version.and_then(|version| label::tag(selected, version));
            self.label_call(tag, response);
        } else {
            label_write(policy, selected, method, version, response, &|kind| {
                self.emit(kind);
            });
        }
        // What the handler has said is what the store was told; what the store has made counts.
        response.extensions_mut().remove::<Committed>();
        if let Some(version) = version
            && plan.is_some_and(|plan| plan.is_wanted)
            && label::is_labelled(response.status())
            && *method != Method::DELETE
        {
            response.extensions_mut().insert(Committed(version));
        }
    }
}

/// What an answer was about to affect whose end nobody has heard.
pub(super) fn push_doubtful<K>(extensions: &mut Extensions, steps: &mut Queue<K>)
where
    K: Clone + fmt::Debug + Send + Sync + 'static,
{
    let affected = affected(extensions).into_iter();
    steps.extend(affected.map(|(key, _)| (key, Step::Raise(Effect::Unknown))));
}

fn affected<K>(extensions: &mut Extensions) -> Vec<(K, Effect)>
where
    K: Clone + fmt::Debug + Send + Sync + 'static,
{
    let affects = extensions.remove::<Affects<K>>();
    affects.map(Affects::into_keys).unwrap_or_default()
}

/// Without a guard, each affected key is raised by itself.
fn push_affected<B, K>(response: &mut Response<B>, steps: &mut Queue<K>)
where
    K: Clone + fmt::Debug + Send + Sync + 'static,
{
    let affected = affected(response.extensions_mut()).into_iter();
    steps.extend(affected.map(|(key, effect)| (key, Step::Raise(effect))));
}
