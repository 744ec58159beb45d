use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use crate::{
    current::{Current, Validators},
    error::BoxError,
    version::Version,
};

use super::VersionStore;

/// A [`VersionStore`] from one closure that looks a key up.
///
/// The closure's future gives a [`Version`], an `Option` of one (`None` is missing),
/// [`Validators`], a [`Current`], or a `Result` of any of these. Whether it and the application's
/// writes make up a store is tested by `store::conformance::compare_and_set` (feature
/// `conformance`).
///
/// ```
/// use tower_conditional::{ConditionalLayer, PathKey, Version, store_fn};
///
/// # #[derive(Clone)] struct Db;
/// # impl Db { async fn version_of(&self, _: &str) -> Result<Option<Version>, std::io::Error> { Ok(None) } }
/// # let db = Db;
/// let layer = ConditionalLayer::new(store_fn(move |key: PathKey| {
///     let db = db.clone();
///     async move { db.version_of(key.as_str()).await }
/// }));
/// # let _ = layer;
/// ```
pub const fn store_fn<F>(current: F) -> StoreFn<F> {
    StoreFn { current }
}

/// A [`VersionStore`] from a handle, cloned for each look-up, and an `async fn` that takes it.
///
/// ```
/// use tower_conditional::{ConditionalLayer, PathKey, Version, from_async};
///
/// # #[derive(Clone)] struct Db;
/// async fn current(db: Db, key: PathKey) -> Result<Option<Version>, std::io::Error> {
///     # let _ = (db, key);
///     Ok(Some(Version::new(5)))
/// }
///
/// # let db = Db;
/// let layer = ConditionalLayer::new(from_async(db, current));
/// # let _ = layer;
/// ```
pub const fn from_async<S, F>(state: S, current: F) -> FromAsync<S, F> {
    FromAsync { state, current }
}

/// What [`store_fn`] gives.
#[derive(Clone, Copy, Debug)]
pub struct StoreFn<F> {
    current: F,
}

impl<K, F, Fut> VersionStore<K> for StoreFn<F>
where
    F: Fn(K) -> Fut,
    Fut: Future,
    Fut::Output: IntoCurrent,
{
    type Error = <Fut::Output as IntoCurrent>::Error;
    type Current = CurrentFuture<Fut>;

    fn current(&self, key: K) -> Self::Current {
        let inner = (self.current)(key);
        CurrentFuture { inner }
    }
}

/// What [`from_async`] gives.
#[derive(Clone, Copy, Debug)]
pub struct FromAsync<S, F> {
    state: S,
    current: F,
}

impl<K, S, F, Fut> VersionStore<K> for FromAsync<S, F>
where
    S: Clone,
    F: Fn(S, K) -> Fut,
    Fut: Future,
    Fut::Output: IntoCurrent,
{
    type Error = <Fut::Output as IntoCurrent>::Error;
    type Current = CurrentFuture<Fut>;

    fn current(&self, key: K) -> Self::Current {
        let inner = (self.current)(self.state.clone(), key);
        CurrentFuture { inner }
    }
}

pin_project! {
    /// The look-up of a [`StoreFn`] or a [`FromAsync`].
    #[derive(Debug)]
    pub struct CurrentFuture<Fut> {
        #[pin]
        inner: Fut,
    }
}

impl<Fut> Future for CurrentFuture<Fut>
where
    Fut: Future,
    Fut::Output: IntoCurrent,
{
    type Output = Result<Current, <Fut::Output as IntoCurrent>::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(ready!(self.project().inner.poll(cx)).into_current())
    }
}

/// What a look-up's future may give; see [`store_fn`].
#[diagnostic::on_unimplemented(
    message = "a look-up cannot give `{Self}`",
    label = "not a version, an `Option` of one, `Validators`, `Current`, or a `Result` of these"
)]
pub trait IntoCurrent {
    /// Why the look-up failed.
    type Error: Into<BoxError>;

    /// The result of the look-up.
    ///
    /// # Errors
    /// The error that the look-up gave.
    fn into_current(self) -> Result<Current, Self::Error>;
}

impl<T: Into<Current>, E: Into<BoxError>> IntoCurrent for Result<T, E> {
    type Error = E;

    fn into_current(self) -> Result<Current, E> {
        self.map(Into::into)
    }
}

macro_rules! into_current {
    ($($type:ty),*) => {$(
        impl IntoCurrent for $type {
            type Error = Infallible;

            fn into_current(self) -> Result<Current, Infallible> {
                Ok(self.into())
            }
        }
    )*};
}

into_current!(
    Current,
    Version,
    Validators,
    Option<Version>,
    Option<Validators>
);
