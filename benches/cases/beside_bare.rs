use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::Service;

use super::{
    case::{Case, Role, Sides, side},
    exchange::Exchange,
    handler::Handler,
};

/// A case on a bare Tower service.
pub(super) fn beside_bare<S, B>(
    name: &'static str,
    role: Role,
    exchange: Exchange,
    service: impl Fn() -> S + 'static,
) -> Case
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible> + Clone + 'static,
{
    Case::new(name, role, move || {
        let [alone, within] = [exchange.clone(), exchange.clone()];
        Sides {
            bare: side(Handler, move |n| (alone.request(n), 200)),
            measured: side(service(), move |n| (within.request(n), within.status)),
        }
    })
}
