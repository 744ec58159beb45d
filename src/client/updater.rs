use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, Uri};
use http_body::Body;
use serde::{Serialize, de::DeserializeOwned};
use tower_service::Service;

use crate::{error::BoxError, merge::ThreeWay};

use super::{
    UpdateError, UpdateErrorKind, Versioned, call::Call, error::Fault, exchange::Exchange,
    settings::Settings,
};

/// Reads and writes JSON resources over any HTTP client that is a Tower service; see the
/// [module docs](super).
///
/// `S` is the service and `B` the body of its requests. Clones share what was set. Calls take a
/// clone of the service, and their futures borrow nothing.
pub struct Updater<S, B> {
    service: S,
    settings: Arc<Settings>,
    body: PhantomData<fn(B)>,
}

impl<S, B> Updater<S, B> {
    /// An updater over `service`, which takes requests to the URIs that the calls name: absolute
    /// ones for most clients.
    #[must_use]
    pub fn new(service: S) -> Self {
        Self {
            service,
            settings: Arc::new(Settings::new()),
            body: PhantomData,
        }
    }

    /// A field for each request, such as `Authorization`. The preconditions and `Range` are the
    /// updater's own and cannot be set.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.settings().headers.insert(name, value);
        self
    }

    /// How often one call may try, the first time included: after a refusal, a lost answer, a
    /// read that failed or a wish to wait. Default: 10.
    #[must_use]
    pub fn tries(mut self, tries: u32) -> Self {
        self.settings().pace.tries = tries;
        self
    }

    /// How long to wait before the next try: any time up to a bound, which is `first` at first,
    /// doubles each time, and ends at `longest`. Default: 20 milliseconds, and 2 seconds.
    #[must_use]
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        let pace = &mut self.settings().pace;
        (pace.first, pace.longest) = (first, longest);
        self
    }

    /// The longest `Retry-After` to wait for; a longer one ends the call. Default: 30 seconds.
    #[must_use]
    pub fn retry_after_limit(mut self, limit: Duration) -> Self {
        self.settings().pace.retry_after_limit = limit;
        self
    }

    /// How long the content of an answer may be, in bytes. Default: 8 MiB.
    #[must_use]
    pub fn content_limit(mut self, bytes: usize) -> Self {
        self.settings().content_limit = bytes;
        self
    }

    /// Sends an `Idempotency-Key` with each write, the same one each time that the write is sent
    /// again, for servers that know a request by it, as this crate's layer does where it
    /// recognizes retries. Default: no.
    #[must_use]
    pub fn idempotency_keys(mut self) -> Self {
        self.settings().idempotency_keys = true;
        self
    }

    /// How [`replace_with_merge`](Self::replace_with_merge) merges. Default: arrays as a whole.
    #[must_use]
    pub fn merge(mut self, merge: ThreeWay) -> Self {
        self.settings().merge = merge;
        self
    }

    fn settings(&mut self) -> &mut Settings {
        Arc::make_mut(&mut self.settings)
    }
}

impl<S: Clone, B> Updater<S, B> {
    fn call<T, U>(&self, uri: U) -> Result<Call<S, B>, UpdateError<T>>
    where
        U: TryInto<Uri>,
        U::Error: Into<http::Error>,
    {
        let uri = uri.try_into().map_err(|error| {
            let error: http::Error = error.into();
            UpdateError::new(Fault::caused(UpdateErrorKind::Request, error))
        })?;
        Ok(Call {
            exchange: Exchange {
                service: self.service.clone(),
                uri,
                settings: Arc::clone(&self.settings),
                body: PhantomData,
            },
            pace: self.settings.pace.clone(),
        })
    }
}

impl<S, B, R> Updater<S, B>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    S::Error: Into<BoxError>,
    B: From<Bytes>,
    R: Body,
    R::Error: Into<BoxError>,
{
    /// Reads a resource, with its tag.
    ///
    /// 429 and 503 are tried again.
    ///
    /// # Errors
    /// [`Missing`](UpdateErrorKind::Missing), [`Content`](UpdateErrorKind::Content),
    /// [`Service`](UpdateErrorKind::Service), [`Status`](UpdateErrorKind::Status),
    /// [`TriesUsedUp`](UpdateErrorKind::TriesUsedUp), [`Request`](UpdateErrorKind::Request).
    pub fn read<T, U>(
        &self,
        uri: U,
    ) -> impl Future<Output = Result<Versioned<T>, UpdateError<T>>> + use<S, B, R, T, U>
    where
        T: DeserializeOwned,
        U: TryInto<Uri>,
        U::Error: Into<http::Error>,
    {
        let call = self.call(uri);
        async move { call?.read_value(None).await }
    }

    /// Reads a resource again, with If-None-Match. A 304 is answered with the value that is held,
    /// and with the fields of the 304.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn revalidate<T, U>(
        &self,
        uri: U,
        held: Versioned<T>,
    ) -> impl Future<Output = Result<Versioned<T>, UpdateError<T>>> + use<S, B, R, T, U>
    where
        T: DeserializeOwned,
        U: TryInto<Uri>,
        U::Error: Into<http::Error>,
    {
        let call = self.call(uri);
        async move { call?.read_value(Some(held)).await }
    }

    /// Reads a resource, applies `edit`, and writes the outcome by `PUT` with If-Match. If
    /// another client was first, it reads again and applies `edit` to what is current then.
    ///
    /// `edit` runs once for each version that it starts from, so it should change nothing else.
    /// Members of the JSON that `T` leaves out are not sent back: give `T` a flattened map for
    /// the rest, or use [`serde_json::Value`].
    ///
    /// The value that is returned is the one that was sent, or the server's, where the answer
    /// holds the resource and says so by `Content-Location`.
    ///
    /// # Errors
    /// All kinds but [`AlreadyExists`](UpdateErrorKind::AlreadyExists),
    /// [`Changed`](UpdateErrorKind::Changed), [`Edit`](UpdateErrorKind::Edit) and
    /// [`Conflict`](UpdateErrorKind::Conflict). It holds base, mine and theirs where there are.
    pub fn update<T, U, F>(
        &self,
        uri: U,
        mut edit: F,
    ) -> impl Future<Output = Result<Versioned<T>, UpdateError<T>>> + use<S, B, R, T, U, F>
    where
        T: Clone + Serialize + DeserializeOwned,
        U: TryInto<Uri>,
        U::Error: Into<http::Error>,
        F: FnMut(&mut T),
    {
        self.try_update(uri, move |value| {
            edit(value);
            Ok::<_, std::convert::Infallible>(())
        })
    }

    /// [`update`](Self::update) with an `edit` that can fail, which ends it with nothing written.
    ///
    /// # Errors
    /// As [`update`](Self::update), and [`Edit`](UpdateErrorKind::Edit).
    pub fn try_update<T, U, F, E>(
        &self,
        uri: U,
        edit: F,
    ) -> impl Future<Output = Result<Versioned<T>, UpdateError<T>>> + use<S, B, R, T, U, F, E>
    where
        T: Clone + Serialize + DeserializeOwned,
        U: TryInto<Uri>,
        U::Error: Into<http::Error>,
        F: FnMut(&mut T) -> Result<(), E>,
        E: Into<BoxError>,
    {
        let call = self.call(uri);
        async move { call?.update(edit).await }
    }

    /// Writes `mine`, an edit of `base`, by `PUT` with If-Match. If another client was first, the
    /// two edits are merged by [`three_way`](crate::merge::three_way()), and the merge is
    /// written; if nothing is left to write, theirs is returned.
    ///
    /// What is merged is the JSON of `T`: members that `T` leaves out are not sent back.
    ///
    /// # Errors
    /// As [`update`](Self::update), and [`Conflict`](UpdateErrorKind::Conflict): then base, mine
    /// and theirs are those of the last merge.
    pub fn replace_with_merge<T, U>(
        &self,
        uri: U,
        base: Versioned<T>,
        mine: T,
    ) -> impl Future<Output = Result<Versioned<T>, UpdateError<T>>> + use<S, B, R, T, U>
    where
        T: Clone + Serialize + DeserializeOwned,
        U: TryInto<Uri>,
        U::Error: Into<http::Error>,
    {
        let call = self.call(uri);
        async move { call?.replace_with_merge(base, mine).await }
    }

    /// Creates a resource by `PUT` with `If-None-Match: *`.
    ///
    /// # Errors
    /// [`AlreadyExists`](UpdateErrorKind::AlreadyExists), with theirs;
    /// [`Missing`](UpdateErrorKind::Missing) if there is no place for it; and those of a write
    /// whose answer is lost, as for [`update`](Self::update).
    pub fn create<T, U>(
        &self,
        uri: U,
        value: T,
    ) -> impl Future<Output = Result<Versioned<T>, UpdateError<T>>> + use<S, B, R, T, U>
    where
        T: Clone + Serialize + DeserializeOwned,
        U: TryInto<Uri>,
        U::Error: Into<http::Error>,
    {
        let call = self.call(uri);
        async move { call?.create(value).await }
    }

    /// Deletes a resource as it was read, with If-Match. After a lost answer it is done if there
    /// is nothing any more, by this request or by another's.
    ///
    /// # Errors
    /// [`Changed`](UpdateErrorKind::Changed), with theirs: whether that is to be deleted as well
    /// is for the caller to say. [`Missing`](UpdateErrorKind::Missing) if another client has
    /// deleted it. And those of a write whose answer is lost, as for [`update`](Self::update).
    pub fn delete<T, U>(
        &self,
        uri: U,
        held: Versioned<T>,
    ) -> impl Future<Output = Result<(), UpdateError<T>>> + use<S, B, R, T, U>
    where
        T: Clone + DeserializeOwned,
        U: TryInto<Uri>,
        U::Error: Into<http::Error>,
    {
        let call = self.call(uri);
        async move { call?.delete(held).await }
    }
}

impl<S: Clone, B> Clone for Updater<S, B> {
    fn clone(&self) -> Self {
        Self {
            service: self.service.clone(),
            settings: Arc::clone(&self.settings),
            body: PhantomData,
        }
    }
}

impl<S, B> fmt::Debug for Updater<S, B> {
    /// Without the fields, which may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Updater").finish_non_exhaustive()
    }
}
