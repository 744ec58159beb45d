//! What is asked of which server.

use crate::{
    Failure,
    http::{Connection, Request},
    kind::Kind,
    process::Process,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// A read without precondition: 200.
    Read,
    /// A read under the tag that the first answer had: 304.
    Reread,
    /// An unconditional write: 200.
    Write,
}

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) ask: Ask,
    /// The case that this one is compared with.
    pub(crate) base: &'static str,
}

const fn case(name: &'static str, kind: Kind, ask: Ask, base: &'static str) -> Case {
    Case {
        name,
        kind,
        ask,
        base,
    }
}

pub(crate) const CASES: [Case; 14] = [
    case("hyper 200", Kind::Hyper, Ask::Read, "hyper 200"),
    case(
        "hyper + layer 200",
        Kind::HyperLayer,
        Ask::Read,
        "hyper 200",
    ),
    case(
        "hyper + layer 304",
        Kind::HyperLayer,
        Ask::Reread,
        "hyper 200",
    ),
    case("axum 200", Kind::Axum, Ask::Read, "axum 200"),
    case(
        "axum + MethodRouter::route_layer 200",
        Kind::AxumRouteLayer,
        Ask::Read,
        "axum 200",
    ),
    case(
        "axum + MethodRouter::route_layer 304",
        Kind::AxumRouteLayer,
        Ask::Reread,
        "axum 200",
    ),
    case(
        "axum + Router::layer 200",
        Kind::AxumRouterLayer,
        Ask::Read,
        "axum 200",
    ),
    case(
        "axum + Router::layer 304",
        Kind::AxumRouterLayer,
        Ask::Reread,
        "axum 200",
    ),
    case("nginx static 200", Kind::Nginx, Ask::Read, "hyper 200"),
    case(
        "nginx static 304",
        Kind::Nginx,
        Ask::Reread,
        "hyper + layer 304",
    ),
    case("rekord 200", Kind::Rekord, Ask::Read, "rekord 200"),
    case("rekord 304", Kind::Rekord, Ask::Reread, "rekord 200"),
    case(
        "rekord rule 200",
        Kind::RekordRule,
        Ask::Read,
        "rekord rule 200",
    ),
    case(
        "rekord rule guarded PUT, one key",
        Kind::RekordRule,
        Ask::Write,
        "rekord rule 200",
    ),
];

impl Case {
    /// The request, with the tag that the server gives now, and after a look that it is answered
    /// as it should be.
    pub(crate) fn request(&self, server: &Process) -> Result<Request, Failure> {
        let mut request = self.kind.request();
        let mut connection = Connection::open(server.address())?;
        // A store in memory learns of what is there by the first read: the second one has a tag.
        connection.exchange(&request)?;
        let first = connection.exchange(&request)?;
        let expected = match self.ask {
            Ask::Read => 200,
            Ask::Reread => {
                let tag = first.etag.ok_or("the answer has no ETag")?;
                request.fields.push(("If-None-Match", tag));
                304
            }
            Ask::Write => {
                request.method = "PUT";
                request.content = self.kind.content();
                request
                    .fields
                    .push(("Content-Type", "application/json".into()));
                200
            }
        };
        let answer = connection.exchange(&request)?;
        if answer.status != expected {
            let Self { name, .. } = self;
            return Err(format!("{name}: {} where {expected} was due", answer.status).into());
        }
        Ok(request)
    }
}
