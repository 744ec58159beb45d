//! What the calls of an updater do, by reads and writes.

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Body;
use serde::{Serialize, de::DeserializeOwned};
use tower_service::Service;

use crate::error::BoxError;

use super::{
    UpdateError, UpdateErrorKind, Versioned,
    call::{Call, Found, Reading, status},
    error::Fault,
    exchange::Answer,
    outcome::{merged, saved},
    submit::{Condition, Failed, Verdict, Write},
    tags::strong,
};

impl<S, B, R> Call<S, B>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    S::Error: Into<BoxError>,
    B: From<Bytes>,
    R: Body,
    R::Error: Into<BoxError>,
{
    pub(super) async fn read_value<T: DeserializeOwned>(
        &mut self,
        held: Option<Versioned<T>>,
    ) -> Result<Versioned<T>, UpdateError<T>> {
        match self.read(held, Reading::First).await {
            Ok(Found::Value(value)) => Ok(value),
            Ok(Found::Nothing(answer)) => Err(missing(answer)),
            Err(fault) => Err(UpdateError::new(fault)),
        }
    }

    /// What was read without a tag, read once more: a server that has not seen the resource yet,
    /// or does not know what became of a write to it, may learn its version by the first read.
    async fn tagged<T: DeserializeOwned>(
        &mut self,
        read: Versioned<T>,
    ) -> Result<Versioned<T>, (Versioned<T>, UpdateError<T>)> {
        if read.tag.is_some() {
            return Ok(read);
        }
        match self.read(None, Reading::Again).await {
            Ok(Found::Value(value)) => Ok(value),
            Ok(Found::Nothing(answer)) => Err((read, missing(answer))),
            Err(fault) => Err((read, UpdateError::new(fault))),
        }
    }

    pub(super) async fn update<T, F, E>(
        mut self,
        mut edit: F,
    ) -> Result<Versioned<T>, UpdateError<T>>
    where
        T: Clone + Serialize + DeserializeOwned,
        F: FnMut(&mut T) -> Result<(), E>,
        E: Into<BoxError>,
    {
        let mut base = self.read_value(None).await?;
        loop {
            base = match self.tagged(base).await {
                Ok(base) => base,
                Err((base, error)) => return Err(error.with_base(base)),
            };
            // Before anything of the caller's runs that could not be written anyway.
            if let Err(kind) = strong(base.tag.as_ref()) {
                return Err(UpdateError::new(kind.into()).with_base(base));
            }
            let mut mine = base.value.clone();
            if let Err(error) = edit(&mut mine) {
                let fault = Fault::caused(UpdateErrorKind::Edit, error);
                return Err(UpdateError::new(fault).with_base(base).with_mine(mine));
            }
            match self.put(base, mine).await? {
                Put::Saved(saved) => return Ok(saved),
                Put::Behind { theirs, .. } => base = theirs,
            }
        }
    }

    pub(super) async fn replace_with_merge<T>(
        mut self,
        mut base: Versioned<T>,
        mut mine: T,
    ) -> Result<Versioned<T>, UpdateError<T>>
    where
        T: Clone + Serialize + DeserializeOwned,
    {
        loop {
            let (was, written, theirs) = match self.put(base, mine).await? {
                Put::Saved(saved) => return Ok(saved),
                Put::Behind { base, mine, theirs } => (base, mine, theirs),
            };
            let theirs = match self.tagged(theirs).await {
                Ok(theirs) => theirs,
                Err((theirs, error)) => {
                    let error = error.with_base(was).with_mine(written);
                    return Err(error.with_theirs(Some(theirs)));
                }
            };
            let merge = &self.exchange.settings.merge;
            match merged(merge, &was.value, &written, &theirs.value) {
                Ok(None) => return Ok(theirs),
                Ok(Some(merged)) => (base, mine) = (theirs, merged),
                Err(fault) => {
                    let error = UpdateError::new(fault).with_base(was).with_mine(written);
                    return Err(error.with_theirs(Some(theirs)));
                }
            }
        }
    }

    pub(super) async fn create<T>(mut self, mine: T) -> Result<Versioned<T>, UpdateError<T>>
    where
        T: Clone + Serialize + DeserializeOwned,
    {
        let mut write = match self.write_of(Condition::Absent, &mine) {
            Ok(write) => write,
            Err(fault) => return Err(UpdateError::new(fault).with_mine(mine)),
        };
        write.is_final = true;
        match self.submit(&write, None).await {
            Ok(Verdict::Done(answer)) => Ok(saved(&self.exchange.uri, answer, mine)),
            Ok(Verdict::Refused(Found::Value(theirs))) => {
                let error = UpdateError::new(UpdateErrorKind::AlreadyExists.into());
                Err(error.with_mine(mine).with_theirs(Some(theirs)))
            }
            Ok(Verdict::Refused(Found::Nothing(answer)) | Verdict::Gone { answer, .. }) => {
                Err(missing(answer).with_mine(mine))
            }
            Err(failed) => Err(error(failed).with_mine(mine)),
        }
    }

    pub(super) async fn delete<T>(mut self, held: Versioned<T>) -> Result<(), UpdateError<T>>
    where
        T: Clone + DeserializeOwned,
    {
        let tag = match strong(held.tag.as_ref()) {
            Ok(tag) => tag.clone(),
            Err(kind) => return Err(UpdateError::new(kind.into()).with_base(held)),
        };
        let keys = self.exchange.settings.idempotency_keys;
        let mut write = Write::new(Method::DELETE, Condition::Match(tag), Bytes::new())
            .with_idempotency_key(keys);
        write.is_final = true;
        match self.submit(&write, Some(&held)).await {
            Ok(
                Verdict::Done(_)
                | Verdict::Gone {
                    after_loss: true, ..
                },
            ) => Ok(()),
            Ok(Verdict::Refused(Found::Value(theirs))) => {
                let error = UpdateError::new(UpdateErrorKind::Changed.into());
                Err(error.with_base(held).with_theirs(Some(theirs)))
            }
            Ok(Verdict::Refused(Found::Nothing(answer)) | Verdict::Gone { answer, .. }) => {
                Err(missing(answer).with_base(held))
            }
            Err(failed) => Err(error(failed).with_base(held)),
        }
    }

    /// Writes `mine` over `base`, once.
    async fn put<T>(&mut self, base: Versioned<T>, mine: T) -> Result<Put<T>, UpdateError<T>>
    where
        T: Clone + Serialize + DeserializeOwned,
    {
        let write = strong(base.tag.as_ref())
            .map_err(Fault::from)
            .and_then(|tag| self.write_of(Condition::Match(tag.clone()), &mine));
        let write = match write {
            Ok(write) => write,
            Err(fault) => {
                return Err(UpdateError::new(fault).with_base(base).with_mine(mine));
            }
        };
        match self.submit(&write, Some(&base)).await {
            Ok(Verdict::Done(answer)) => Ok(Put::Saved(saved(&self.exchange.uri, answer, mine))),
            Ok(Verdict::Refused(Found::Value(theirs))) => Ok(Put::Behind { base, mine, theirs }),
            Ok(Verdict::Refused(Found::Nothing(answer)) | Verdict::Gone { answer, .. }) => {
                Err(missing(answer).with_base(base).with_mine(mine))
            }
            Err(failed) => Err(error(failed).with_base(base).with_mine(mine)),
        }
    }

    fn write_of<T: Serialize>(&self, condition: Condition, mine: &T) -> Result<Write, Fault> {
        let content = serde_json::to_vec(mine)
            .map_err(|error| Fault::caused(UpdateErrorKind::Request, error))?;
        let write = Write::new(Method::PUT, condition, content.into());
        Ok(write.with_idempotency_key(self.exchange.settings.idempotency_keys))
    }
}

enum Put<T> {
    Saved(Versioned<T>),
    /// Another client was first.
    Behind {
        base: Versioned<T>,
        mine: T,
        theirs: Versioned<T>,
    },
}

fn missing<T>(answer: Answer) -> UpdateError<T> {
    UpdateError::new(status(answer).but(UpdateErrorKind::Missing))
}

fn error<T>(failed: Failed<T>) -> UpdateError<T> {
    UpdateError::new(failed.fault).with_theirs(failed.theirs)
}
