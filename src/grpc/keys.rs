use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use http::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::{
    key::{self, Access, KeyExtractor, RequestHead},
    path_key::PathKey,
};

/// The [`KeyExtractor`] for gRPC calls: the resource's name from metadata, and what a call does
/// from a table of methods.
///
/// The name `notes/1` has the key of the path `/notes/1`, so that one layer can stand in front of
/// calls and of HTTP requests for the same resources; [`key_by`](Self::key_by) changes that.
///
/// A method of the same service that is not listed is about no resource, and passes. A call of one
/// that is listed which does not name its resource, or names it twice, is `INVALID_ARGUMENT`. Every
/// other request that has the path of a listed method and is no gRPC call is refused with 400:
/// tonic runs a method whatever the HTTP method and the content type are. (gRPC-Web passes; see
/// the [module docs](super).)
///
/// Methods are known by the last two segments of the path, `/package.Service/Method`, so that the
/// layer may stand outside a nested router as well as inside.
///
/// ```
/// use http::Request;
/// use tower_conditional::{Access, KeyExtractor, PathKey, PathKeys, RequestHead, grpc::GrpcKeys};
///
/// let keys = GrpcKeys::metadata("resource-name")
///     .read("/notes.Notes/Get")
///     .write("/notes.Notes/Update")
///     .delete("/notes.Notes/Delete")
///     .or(PathKeys);
///
/// let call = Request::post("/notes.Notes/Update")
///     .header("content-type", "application/grpc")
///     .header("resource-name", "notes/1")
///     .body(())?;
/// assert_eq!(keys.access(&RequestHead::of(&call)), Access::Write(PathKey::new("/notes/1")));
/// let put = Request::put("/notes/1").body(())?;
/// assert_eq!(keys.access(&RequestHead::of(&put)), Access::Write(PathKey::new("/notes/1")));
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct GrpcKeys<F = CallsOnly> {
    source: Source,
    methods: HashMap<&'static str, Operation>,
    /// Those whose methods are calls, listed or not: `/package.Service`.
    services: HashSet<Cow<'static, str>>,
    key: Arc<KeyOf>,
    fallback: F,
}

/// In the place of another extractor: requests that are no gRPC calls are about no resource.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct CallsOnly;

type KeyOf = dyn Fn(&str) -> Option<PathKey> + Send + Sync;

/// Where the name of the resource stands.
#[derive(Clone)]
enum Source {
    Metadata(HeaderName),
    RoutingHeader(&'static str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operation {
    Read,
    Write,
    Delete,
    StreamingWrite,
}

/// AIP-4222: what a client routes by.
const ROUTING_HEADER: HeaderName = HeaderName::from_static("x-goog-request-params");

/// Metadata may be padded or not; senders should not, receivers take both.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl GrpcKeys {
    /// The name is the value of one metadata entry. A name that ends in `-bin` has base64 of
    /// UTF-8.
    ///
    /// # Panics
    /// If `name` is no lower-case field name: it is a literal of the program.
    pub fn metadata(name: &'static str) -> Self {
        Self::from_source(Source::Metadata(HeaderName::from_static(name)))
    }

    /// The name is a parameter of the routing header (AIP-4222): of
    /// `x-goog-request-params: name=notes%2F1&x=y` the parameter `name` is `notes/1`.
    pub fn routing_header(parameter: &'static str) -> Self {
        Self::from_source(Source::RoutingHeader(parameter))
    }

    fn from_source(source: Source) -> Self {
        Self {
            source,
            methods: HashMap::new(),
            services: HashSet::new(),
            key: Arc::new(|name| Some(path_key(name))),
            fallback: CallsOnly,
        }
    }

    /// What the other requests are about, in a service that has both: those that are no gRPC calls,
    /// or are for no service that is known by a method that is listed, or by
    /// [`service`](Self::service). (By its media type alone nobody could tell a call from a POST to
    /// an HTTP route, and a client chooses that freely.) Whether one of them is a call after all,
    /// the other extractor [says](KeyExtractor::is_call): `PathKeys` no, a closure yes.
    pub fn or<F>(self, fallback: F) -> GrpcKeys<F>
    where
        F: KeyExtractor<Key = PathKey>,
    {
        GrpcKeys {
            source: self.source,
            methods: self.methods,
            services: self.services,
            key: self.key,
            fallback,
        }
    }
}

impl<F> GrpcKeys<F> {
    /// A method that reads the resource: `/package.Service/Method`. It is judged as a GET.
    pub fn read(self, method: &'static str) -> Self {
        self.list(method, Operation::Read)
    }

    /// A method that creates or changes the resource. It is judged as a PUT.
    pub fn write(self, method: &'static str) -> Self {
        self.list(method, Operation::Write)
    }

    /// A method that deletes the resource. It is judged as a DELETE.
    pub fn delete(self, method: &'static str) -> Self {
        self.list(method, Operation::Delete)
    }

    /// A method that changes the resource and streams, in one direction or both. Handlers that
    /// compare and set get a permit as in [`write`](Self::write); a guarded layer answers
    /// `UNIMPLEMENTED` before anything runs.
    pub fn streaming_write(self, method: &'static str) -> Self {
        self.list(method, Operation::StreamingWrite)
    }

    /// A gRPC service none of whose methods is listed, `package.Service`: its calls are about no
    /// resource, and pass. Needed beside [`or`](GrpcKeys::or) alone.
    pub fn service(mut self, name: &'static str) -> Self {
        self.services.insert(format!("/{name}").into());
        self
    }

    /// The key of a name, instead of that of the path `/name`; `None` if it is no name. One
    /// resource must have one key, so names that have several spellings are parsed here.
    pub fn key_by<K>(mut self, key: K) -> Self
    where
        K: Fn(&str) -> Option<PathKey> + Send + Sync + 'static,
    {
        self.key = Arc::new(key);
        self
    }

    /// # Panics
    /// The methods are literals of the program.
    fn list(mut self, method: &'static str, operation: Operation) -> Self {
        assert_eq!(
            last_two_segments(method),
            Some(method),
            "not a method: /package.Service/Method"
        );
        self.methods.insert(method, operation);
        self.services.extend(service_of(method).map(Cow::Borrowed));
        self
    }

    fn operation(&self, request: &RequestHead<'_>) -> Option<Operation> {
        let method = last_two_segments(request.uri.path())?;
        self.methods.get(method).copied()
    }

    /// Whether a request that has the form of a call is one, and not the fallback's.
    fn is_for_service(&self, request: &RequestHead<'_>) -> bool {
        let service = last_two_segments(request.uri.path()).and_then(service_of);
        service.is_some_and(|service| self.services.contains(service))
    }

    fn key(&self, request: &RequestHead<'_>) -> Option<PathKey> {
        let name = match &self.source {
            Source::Metadata(name) => in_metadata(request, name)?,
            Source::RoutingHeader(parameter) => in_routing_header(request, parameter)?,
        };
        (self.key)(&name)
    }
}

impl<F> KeyExtractor for GrpcKeys<F>
where
    F: KeyExtractor<Key = PathKey>,
{
    type Key = PathKey;

    fn access(&self, request: &RequestHead<'_>) -> Access<PathKey> {
        let operation = self.operation(request);
        if !key::is_grpc(request) {
            return match operation {
                Some(_) if !is_grpc_web(request) => Access::Unidentified,
                Some(_) => Access::Neither,
                None => self.fallback.access(request),
            };
        }
        let Some(operation) = operation else {
            return if self.is_for_service(request) {
                Access::Neither
            } else {
                self.fallback.access(request)
            };
        };
        match (operation, self.key(request)) {
            (_, None) => Access::Unidentified,
            (Operation::Read, Some(key)) => Access::Read(key),
            (Operation::Write | Operation::StreamingWrite, Some(key)) => Access::Write(key),
            (Operation::Delete, Some(key)) => Access::Delete(key),
        }
    }

    fn is_call(&self, request: &RequestHead<'_>) -> bool {
        self.is_for_service(request) || self.fallback.is_call(request)
    }

    fn is_streaming(&self, request: &RequestHead<'_>) -> bool {
        match self.operation(request) {
            Some(operation) => operation == Operation::StreamingWrite,
            None => self.fallback.is_streaming(request),
        }
    }
}

impl KeyExtractor for CallsOnly {
    type Key = PathKey;

    fn access(&self, _: &RequestHead<'_>) -> Access<PathKey> {
        Access::Neither
    }
}

impl<F> fmt::Debug for GrpcKeys<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcKeys").finish_non_exhaustive()
    }
}

fn is_grpc_web(request: &RequestHead<'_>) -> bool {
    key::has_media_type(request, b"application/grpc-web")
        || key::has_media_type(request, b"application/grpc-web-text")
}

/// `/package.Service/Method` at the end of a path.
fn last_two_segments(path: &str) -> Option<&str> {
    let method = path.rfind('/')?;
    let service = path[..method].rfind('/')?;
    Some(&path[service..])
}

/// `/package.Service` of `/package.Service/Method`.
fn service_of(method: &str) -> Option<&str> {
    Some(&method[..method.rfind('/')?])
}

/// The one entry of this name.
fn in_metadata<'a>(request: &RequestHead<'a>, name: &HeaderName) -> Option<Cow<'a, str>> {
    let value = single(request, name)?;
    let name = if name.as_str().ends_with("-bin") {
        let bytes = BASE64.decode(value.as_bytes()).ok()?;
        Cow::Owned(String::from_utf8(bytes).ok()?)
    } else {
        Cow::Borrowed(value.to_str().ok()?)
    };
    Some(name).filter(|name| !name.is_empty())
}

/// The one parameter of this name.
fn in_routing_header<'a>(request: &RequestHead<'a>, parameter: &str) -> Option<Cow<'a, str>> {
    let parameters = single(request, &ROUTING_HEADER)?.to_str().ok()?;
    let mut values = parameters.split('&').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        percent_decode_str(name)
            .eq(parameter.bytes())
            .then_some(value)
    });
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let value = percent_decode_str(value).decode_utf8().ok()?;
    Some(value).filter(|value| !value.is_empty())
}

fn single<'a>(request: &RequestHead<'a>, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut lines = request.headers.get_all(name).iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => Some(line),
        _ => None,
    }
}

/// The key of the path that has this text, letter by letter, behind a slash.
fn path_key(name: &str) -> PathKey {
    // What a path would take for an escape, or for its end.
    const ENCODED: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#');
    let name = utf8_percent_encode(name.strip_prefix('/').unwrap_or(name), ENCODED);
    PathKey::new(&format!("/{name}"))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const GRPC: (&str, &str) = ("content-type", "application/grpc+proto");

    fn access<X>(keys: &X, path: &str, fields: &[(&str, &str)]) -> Access<PathKey>
    where
        X: KeyExtractor<Key = PathKey>,
    {
        let mut request = Request::post(path);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let request = request.body(()).expect("a request");
        keys.access(&RequestHead::of(&request))
    }

    fn by_metadata() -> GrpcKeys {
        GrpcKeys::metadata("resource-name")
            .read("/n.N/Get")
            .write("/n.N/Update")
            .delete("/n.N/Delete")
            .streaming_write("/n.N/Append")
    }

    #[test]
    fn the_table_says_what_a_method_does() {
        let (keys, name) = (by_metadata(), ("resource-name", "notes/1"));
        let key = || PathKey::new("/notes/1");
        let table = [
            ("/n.N/Get", Access::Read(key())),
            ("/n.N/Update", Access::Write(key())),
            ("/n.N/Delete", Access::Delete(key())),
            ("/n.N/Append", Access::Write(key())),
            ("/nested/n.N/Update", Access::Write(key())),
            ("/n.N/List", Access::Neither),
            ("/n.N/Update/", Access::Neither),
            ("/Update", Access::Neither),
        ];
        for (path, expected) in table {
            assert_eq!(access(&keys, path, &[GRPC, name]), expected, "{path}");
        }
    }

    #[test]
    fn a_listed_call_without_one_name_is_unidentified() {
        let keys = by_metadata();
        let calls: [&[(&str, &str)]; 4] = [
            &[GRPC],
            &[GRPC, ("resource-name", "")],
            &[GRPC, ("resource-name", "a"), ("resource-name", "a")],
            &[GRPC, ("resource-name", "é")],
        ];
        for fields in calls {
            for path in ["/n.N/Get", "/n.N/Update", "/n.N/Delete", "/n.N/Append"] {
                assert_eq!(access(&keys, path, fields), Access::Unidentified);
            }
            assert_eq!(access(&keys, "/n.N/List", fields), Access::Neither);
        }
    }

    #[test]
    fn a_listed_method_is_never_reached_by_what_is_no_call() {
        let keys = by_metadata().or(key::PathKeys);
        let name = ("resource-name", "a");
        for content_type in [
            "application/json",
            "application/grpcx",
            "application/gr",
            "",
        ] {
            let fields = [("content-type", content_type), name];
            assert_eq!(access(&keys, "/n.N/Update", &fields), Access::Unidentified);
        }
        assert_eq!(access(&keys, "/n.N/Update", &[name]), Access::Unidentified);
        let put = Request::put("/n.N/Update").body(()).expect("a request");
        assert_eq!(keys.access(&RequestHead::of(&put)), Access::Unidentified);
        for web in ["application/grpc-web", "application/grpc-web-text+proto"] {
            let fields = [("content-type", web), name];
            assert_eq!(access(&keys, "/n.N/Update", &fields), Access::Neither);
        }
    }

    #[test]
    fn the_media_type_of_a_call_is_told_apart() {
        let keys = by_metadata();
        for content_type in [
            "application/grpc",
            "application/grpc+json",
            "application/grpc;charset=utf-8",
            "application/grpc ; x=y",
            "Application/GRPC",
        ] {
            let fields = [("content-type", content_type), ("resource-name", "a")];
            let expected = Access::Read(PathKey::new("/a"));
            assert_eq!(
                access(&keys, "/n.N/Get", &fields),
                expected,
                "{content_type}"
            );
        }
    }

    #[test]
    fn other_requests_are_the_fallbacks() {
        let keys = by_metadata().or(key::PathKeys);
        let path = "/notes/1";
        assert_eq!(access(&keys, path, &[]), Access::Write(PathKey::new(path)));
        assert_eq!(access(&by_metadata(), path, &[]), Access::Neither);
        // Whatever they say their content is.
        let write = Access::Write(PathKey::new(path));
        assert_eq!(access(&keys, path, &[GRPC]), write);
        assert_eq!(access(&key::PathKeys, path, &[GRPC]), write);
        let call = Request::post("/x.X/Get").body(()).expect("a request");
        assert!(!keys.is_call(&RequestHead::of(&call)));
        // Other methods of the same service pass, and so do services that are named.
        assert_eq!(access(&keys, "/n.N/List", &[GRPC]), Access::Neither);
        let keys = by_metadata().service("x.X").or(key::PathKeys);
        assert!(keys.is_call(&RequestHead::of(&call)));
        assert_eq!(access(&keys, "/x.X/Get", &[GRPC]), Access::Neither);
    }

    #[test]
    fn binary_metadata_is_decoded_padded_or_not() {
        let keys = GrpcKeys::metadata("name-bin").read("/n.N/Get");
        let of = |value| access(&keys, "/n.N/Get", &[GRPC, ("name-bin", value)]);
        let expected = Access::Read(PathKey::new("/ab"));
        assert_eq!(of("YWI"), expected);
        assert_eq!(of("YWI="), expected);
        // Not base64; two values on one line; bytes that are no UTF-8.
        for odd in ["", "%", "YWI,YWI", "YWI=,YWI=", "/w"] {
            assert_eq!(of(odd), Access::Unidentified, "{odd}");
        }
    }

    #[test]
    fn the_routing_header_has_parameters() {
        let keys = GrpcKeys::routing_header("name").read("/n.N/Get");
        let of = |value| access(&keys, "/n.N/Get", &[GRPC, ("x-goog-request-params", value)]);
        let named = |path| Access::Read(PathKey::new(path));
        assert_eq!(of("name=projects%2F1&x=y"), named("/projects/1"));
        assert_eq!(of("x=y&na%6De=a+b"), named("/a+b"));
        assert_eq!(of("name=a=b"), named("/a=b"));
        for odd in [
            "",
            "x=y",
            "name",
            "name=",
            "name=a&name=a",
            "name=%FF",
            "names=a",
        ] {
            assert_eq!(of(odd), Access::Unidentified, "{odd}");
        }
    }

    #[test]
    fn names_are_keys_letter_by_letter() {
        let table = [
            ("notes/1", "/notes/1"),
            ("/notes/1", "/notes/1"),
            ("a b", "/a%20b"),
            ("a?b", "/a%3Fb"),
            ("a#b", "/a%23b"),
            ("a%2Db", "/a%252Db"),
        ];
        for (name, path) in table {
            assert_eq!(path_key(name).as_str(), path, "{name}");
        }
        let keys = GrpcKeys::metadata("id").read("/n.N/Get").key_by(|id| {
            let id: u64 = id.parse().ok()?;
            Some(PathKey::new(&format!("/notes/{id}")))
        });
        let of = |id| access(&keys, "/n.N/Get", &[GRPC, ("id", id)]);
        assert_eq!(of("007"), Access::Read(PathKey::new("/notes/7")));
        assert_eq!(of("seven"), Access::Unidentified);
    }
}
