//! nginx as a cache in front of the server, which revalidates what it holds.

use std::time::Duration;

use serde_json::json;

use crate::answer::Answer;
use crate::client::Call;
use crate::nginx::Nginx;
use crate::process::Server;

/// How long the cache takes an answer for fresh.
const FRESH: Duration = Duration::from_secs(1);

/// RFC 9111 §4.3: a stale answer is revalidated by its entity-tag, a 304 makes it fresh again, and
/// after a write the cache gets and serves the new version.
pub(crate) async fn a_cache_revalidates_by_entity_tag_and_serves_the_new_version_after_a_write() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let http = format!(
        "proxy_cache_path {}/cache keys_zone=rekord:1m;",
        folder.path().display()
    );
    let location = format!(
        "proxy_pass http://{};
         proxy_http_version 1.1;
         proxy_set_header Accept-Encoding $http_accept_encoding;
         proxy_cache rekord;
         proxy_cache_revalidate on;
         proxy_cache_valid 200 {}s;
         # The server asks for every answer to be revalidated by the client alone; this cache is
         # one client's own, and fresh for a second.
         proxy_ignore_headers Cache-Control;
         add_header X-Cache $upstream_cache_status;",
        server.address(),
        FRESH.as_secs()
    );
    let nginx = Nginx::start(folder.path(), &http, &location).await;
    let mut cached = nginx.client().await;
    let mut direct = server.client().await;

    let path = "/models/0190a2b4-7c1e-7abc-8def-0123456789ab";
    for (encoding, first, second) in [
        ("identity", "\"1\"", "\"2\""),
        ("gzip", "\"3-gzip\"", "\"4-gzip\""),
    ] {
        let read = || Call::get(path).field("accept-encoding", encoding);
        let write = |text: &str| Call::put(path, &json!({ "name": text.repeat(199) }));

        let made = direct.send(write("a")).await;
        assert!(
            [200, 201].contains(&made.status.as_u16()),
            "{}",
            made.status
        );
        // What nginx holds of the round before, or nothing: asked for in any case.
        tokio::time::sleep(2 * FRESH).await;
        let missed = cached.send(read()).await;
        assert!(
            ["MISS", "EXPIRED"].contains(&cache(&missed)),
            "{}",
            cache(&missed)
        );
        missed.assert_status(200).assert_etag(first);

        let hit = cached.send(read()).await;
        assert_eq!(cache(&hit), "HIT", "{encoding}");
        hit.assert_etag(first);

        // Stale, unchanged: nginx asks with If-None-Match, gets a 304, and answers with what it has.
        tokio::time::sleep(2 * FRESH).await;
        let revalidated = cached.send(read()).await;
        assert_eq!(cache(&revalidated), "REVALIDATED", "{encoding}");
        revalidated.assert_status(200).assert_etag(first);
        assert_eq!(revalidated.body, missed.body);

        // Stale, changed: the new version comes.
        direct.send(write("b")).await.assert_status(200);
        tokio::time::sleep(2 * FRESH).await;
        let expired = cached.send(read()).await;
        assert_eq!(cache(&expired), "EXPIRED", "{encoding}");
        expired.assert_status(200).assert_etag(second);
        assert_ne!(expired.body, missed.body);
    }
    let asked = nginx.upstream_statuses();
    let not_modified = asked.iter().filter(|status| *status == "304").count();
    assert_eq!(not_modified, 2, "{asked:?}");
}

/// What nginx says it did.
fn cache(answer: &Answer) -> &str {
    answer.field("x-cache").expect("nginx says what it did")
}
