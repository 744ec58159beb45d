//! Stores made of closures, boxed and shared ones.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    io,
    sync::Arc,
};

use tower_conditional::{
    BoxError, BoxVersionStore, Current, MemoryStore, PathKey, Validators, Version, VersionStore,
    WritePermit, from_async, store_fn,
};

fn look_up<S: VersionStore<PathKey>>(store: &S, path: &str) -> Result<Current, BoxError> {
    tokio_test::block_on(store.current(PathKey::new(path))).map_err(Into::into)
}

#[test]
fn a_closure_may_give_a_version_in_any_form() {
    let five = Version::new(5);
    let validators = Validators::new(five).modified_at(std::time::SystemTime::UNIX_EPOCH);
    macro_rules! gives {
        ($given:expr, $expected:expr) => {
            let store = store_fn(move |_: PathKey| async move { $given });
            assert_eq!(look_up(&store, "/a").unwrap(), $expected);
            assert!(store.adopt(PathKey::new("/a")).is_none());
        };
    }
    gives!(five, Current::from(five));
    gives!(Some(five), Current::from(five));
    gives!(None::<Version>, Current::Missing);
    gives!(validators, Current::Present(validators));
    gives!(Some(validators), Current::Present(validators));
    gives!(Current::Unknown, Current::Unknown);
    gives!(Ok::<_, Infallible>(five), Current::from(five));
    gives!(Ok::<_, io::Error>(None::<Version>), Current::Missing);
    gives!(Ok::<_, BoxError>(Current::Unknown), Current::Unknown);
}

#[test]
fn a_closure_gets_the_key() {
    let store =
        store_fn(|key: PathKey| async move { (key.as_str() == "/a").then_some(Version::FIRST) });
    assert_eq!(look_up(&store, "/%61").unwrap(), Version::FIRST.into());
    assert_eq!(look_up(&store, "/b").unwrap(), Current::Missing);
}

#[test]
fn an_async_fn_gets_its_handle_and_the_key() {
    async fn current(state: Arc<u64>, key: PathKey) -> Result<Option<Version>, io::Error> {
        Ok((key.as_str() == "/a").then_some(Version::new(*state)))
    }
    let store = from_async(Arc::new(7), current);
    for _ in 0..2 {
        assert_eq!(look_up(&store, "/a").unwrap(), Version::new(7).into());
    }
    assert_eq!(look_up(&store, "/b").unwrap(), Current::Missing);
    assert!(store.adopt(PathKey::new("/a")).is_none());
}

#[test]
fn errors_keep_what_they_are_through_a_box() {
    let failing = store_fn(|_: PathKey| async {
        Err::<Version, _>(io::Error::new(io::ErrorKind::TimedOut, "no answer"))
    });
    let boxed = BoxVersionStore::new(Arc::new(failing));
    let error = look_up(&boxed, "/a").unwrap_err();
    let error: &io::Error = error.downcast_ref().expect("the store's own error");
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}

/// Another answer to each kind of look-up.
struct Fourfold;

impl VersionStore<PathKey> for Fourfold {
    type Error = io::Error;
    type Current = Ready<Result<Current, io::Error>>;

    fn current(&self, _: PathKey) -> Self::Current {
        ready(Ok(Version::new(1).into()))
    }

    fn latest(&self, _: PathKey) -> Self::Current {
        ready(Ok(Version::new(2).into()))
    }

    fn try_current(&self, key: &PathKey) -> Option<Result<Current, io::Error>> {
        (key.as_str() == "/a").then(|| Ok(Version::new(3).into()))
    }

    fn try_latest(&self, key: &PathKey) -> Option<Result<Current, io::Error>> {
        (key.as_str() == "/a").then(|| Err(io::ErrorKind::TimedOut.into()))
    }
}

#[test]
fn a_boxed_and_a_shared_store_tell_at_once_what_the_store_itself_does() {
    let store = BoxVersionStore::new(Arc::new(Fourfold));
    let (a, b) = (PathKey::new("/a"), PathKey::new("/b"));
    assert_eq!(look_up(&store, "/a").unwrap(), Version::new(1).into());
    let latest = tokio_test::block_on(store.latest(a.clone())).unwrap();
    assert_eq!(latest, Version::new(2).into());
    let told = store.try_current(&a).expect("it knows").unwrap();
    assert_eq!(told, Version::new(3).into());
    let error = store.try_latest(&a).expect("it knows").unwrap_err();
    let error: &io::Error = error.downcast_ref().expect("the store's own error");
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(store.try_current(&b).is_none() && store.try_latest(&b).is_none());
}

#[test]
fn a_boxed_and_a_shared_store_are_the_store_itself_adoption_included() {
    let store = MemoryStore::new();
    let shared = Arc::new(store.clone());
    let boxed = BoxVersionStore::new(Arc::clone(&shared)).clone();
    assert_eq!(look_up(&boxed, "/a").unwrap(), Current::Unknown);
    assert_eq!(look_up(&shared, "/a").unwrap(), Current::Unknown);

    let adopted = boxed.adopt(PathKey::new("/a")).expect("it adopts");
    assert_eq!(
        tokio_test::block_on(adopted).unwrap(),
        Version::FIRST.into()
    );
    let adopted = shared.adopt(PathKey::new("/b")).expect("it adopts");
    assert_eq!(
        tokio_test::block_on(adopted).unwrap(),
        Version::FIRST.into()
    );

    let key = PathKey::new("/a");
    let permit = WritePermit::UNCONDITIONAL;
    store.compare_and_set(&key, &permit, |_| ()).unwrap();
    assert_eq!(look_up(&boxed, "/a").unwrap(), Version::new(2).into());
    assert_eq!(look_up(&shared, "/a").unwrap(), Version::new(2).into());
}

#[test]
fn stores_of_one_key_type_can_be_chosen_at_run_time() {
    for (in_memory, expected) in [(true, Current::Unknown), (false, Version::new(5).into())] {
        let store: BoxVersionStore<PathKey> = if in_memory {
            BoxVersionStore::new(MemoryStore::new())
        } else {
            BoxVersionStore::new(store_fn(|_: PathKey| async { Version::new(5) }))
        };
        assert_eq!(look_up(&store, "/a").unwrap(), expected);
    }
}
