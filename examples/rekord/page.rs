//! The page at `/`: two editors on one model, a record, and a log of each exchange. Plain files, in
//! the executable itself; nothing comes from elsewhere.

use axum::Router;
use axum::http::HeaderName;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::routing::get;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Path, media type and content of each file.
const FILES: [(&str, &str, &str); 9] = [
    ("/", HTML, include_str!("page/index.html")),
    ("/page.css", CSS, include_str!("page/page.css")),
    ("/page.js", JS, include_str!("page/page.js")),
    ("/api.js", JS, include_str!("page/api.js")),
    ("/conflict.js", JS, include_str!("page/conflict.js")),
    ("/editor.js", JS, include_str!("page/editor.js")),
    ("/log.js", JS, include_str!("page/log.js")),
    ("/merge.js", JS, include_str!("page/merge.js")),
    ("/record.js", JS, include_str!("page/record.js")),
];

/// The page's own files, and nothing else, may be loaded, and no other site may frame it: it holds
/// the API token.
const POLICY: &str = "default-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

pub(crate) fn routes() -> Router {
    FILES
        .into_iter()
        .fold(Router::new(), |routes, (path, media_type, content)| {
            let fields: [(HeaderName, &str); 4] = [
                (CONTENT_TYPE, media_type),
                (CONTENT_SECURITY_POLICY, POLICY),
                (X_CONTENT_TYPE_OPTIONS, "nosniff"),
                // The next start of the server may bring others.
                (CACHE_CONTROL, "no-cache"),
            ];
            routes.route(path, get(move || async move { (fields, content) }))
        })
}

/// Whether `path` is a file of the page, for which no token is asked.
pub(crate) fn has(path: &str) -> bool {
    FILES.iter().any(|(own, ..)| *own == path)
}
