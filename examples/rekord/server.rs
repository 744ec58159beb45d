//! The application as a whole, and the life of the server.

use std::future::Future;
use std::io;
use std::time::Duration;

use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware;
use axum::routing::get;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::auth::{self, Token};
use crate::compression;
use crate::cors::{self, Origin};
use crate::database::Database;
use crate::linger;
use crate::models::Model;
use crate::page;
use crate::problem::Problem;
use crate::records;
use crate::resource::routes;
use crate::rules;

/// How long requests in flight may take to finish once the server is told to stop. With what
/// `main` allows for closing the database it makes 10 seconds at most.
const GRACE: Duration = Duration::from_millis(9500);

/// From outside to inside: cross-origin access, authentication, compression, routing (404, 405),
/// and what stands on each route.
pub(crate) fn application(
    database: &Database,
    token: Token,
    require_if_match: bool,
    origins: Vec<Origin>,
) -> Router {
    let routes = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .merge(page::routes())
        .merge(routes::<Model>(database.clone(), require_if_match))
        .merge(rules::routes(database, require_if_match))
        .merge(records::routes(database.clone(), require_if_match))
        .fallback(no_route)
        .method_not_allowed_fallback(no_method);
    let mut application = compression::around(routes)
        .layer(middleware::from_fn_with_state(token, auth::authenticate));
    if !origins.is_empty() {
        application = application.layer(cors::layer(origins));
    }
    application.layer(middleware::map_request(linger::read_to_the_end))
}

/// Serves HTTP/1.1 and HTTP/2 (with prior knowledge) until `stop` is done, then lets the requests
/// in flight finish.
pub(crate) async fn serve(
    listener: TcpListener,
    application: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stopping, mut stopped) = watch::channel(());
    let stop = async move {
        stop.await;
        drop(stopping);
    };
    // Small answers are not to wait for an acknowledgement of earlier ones. Where it cannot be
    // set, the connection is slower and nothing else.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let deadline = async {
        while stopped.changed().await.is_ok() {}
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        served = axum::serve(listener, application).with_graceful_shutdown(stop) => served,
        () = deadline => Ok(()),
    }
}

async fn no_route(uri: Uri) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        format!("There is nothing at {}.", uri.path()),
    )
}

/// axum adds `Allow`.
async fn no_method(method: Method) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("{method} is not possible here."),
    )
}
