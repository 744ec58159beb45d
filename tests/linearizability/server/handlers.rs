//! Handlers that know nothing of versions.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tokio::sync::RwLock;
use tower_conditional::precondition::{Expectation, VersionConflict, WritePermit};

use super::contents::{Contents, Failure, Row, Rows, Work};
use crate::history::{Token, Trail};

#[derive(Clone)]
pub(super) struct App {
    contents: Contents,
    /// Held for reading by each step of a handler, and for writing by what stops them all.
    gate: Arc<RwLock<()>>,
    /// Between reading and writing, so that writers who are not kept apart meet.
    pause: Duration,
}

impl App {
    pub(super) fn new(contents: Contents, pause: Duration) -> Self {
        Self {
            contents,
            gate: Arc::default(),
            pause,
        }
    }
}

pub(super) async fn read(State(app): State<App>, Path(key): Path<String>) -> Response {
    match app.contents.read(&key).await {
        Ok(row) => {
            let status = if row.is_live {
                StatusCode::OK
            } else {
                StatusCode::NOT_FOUND
            };
            (status, row.trail.to_string()).into_response()
        }
        Err(error) => failed(&error),
    }
}

pub(super) async fn put(app: State<App>, key: Path<String>, request: Request) -> Response {
    write(app, key, request, true).await
}

pub(super) async fn delete(app: State<App>, key: Path<String>, request: Request) -> Response {
    write(app, key, request, false).await
}

/// Answers when no handler is at a step that changes anything, and none will ever be: what is in
/// flight stays where it is until the process ends.
pub(super) async fn freeze(State(app): State<App>) -> StatusCode {
    std::mem::forget(app.gate.write_owned().await);
    StatusCode::NO_CONTENT
}

/// What a writer does: it reads what is there, takes its time, and puts its own token in front.
struct Write {
    key: String,
    token: Token,
    is_put: bool,
    permit: Option<WritePermit>,
    gate: Arc<RwLock<()>>,
    pause: Duration,
    hangs: bool,
}

enum Written {
    Row { trail: Trail, is_new: bool },
    Missing(Trail),
    Conflict,
}

impl Work for Write {
    type Done = Written;

    async fn with<R: Rows>(self, rows: &mut R) -> Result<Written, Failure> {
        let found = rows.load(&self.key).await?;
        if self.pause > Duration::ZERO {
            tokio::time::sleep(self.pause).await;
        }
        if !self.is_put && !found.is_live {
            return Ok(Written::Missing(found.trail));
        }
        // After a lost outcome the ledger does not know whether the resource exists, and leaves
        // it to the handler.
        let absent = self
            .permit
            .is_some_and(|permit| permit.expectation() == Expectation::Absent);
        if absent && found.is_live {
            return Ok(Written::Conflict);
        }
        let row = Row {
            trail: found.trail.then(self.token),
            is_live: self.is_put,
        };
        let open = self.gate.read().await;
        rows.store(&self.key, &row).await?;
        drop(open);
        if self.hangs {
            std::future::pending::<()>().await;
        }
        Ok(Written::Row {
            trail: row.trail,
            is_new: !found.is_live,
        })
    }
}

async fn write(
    State(app): State<App>,
    Path(key): Path<String>,
    request: Request,
    is_put: bool,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 1 << 10).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    // The content is the write's token. Behind a `!` it asks for a handler that never ends after
    // it has written.
    let text = String::from_utf8_lossy(&body);
    let hangs = text.ends_with('!');
    let Ok(token) = text.trim_end_matches('!').parse() else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let work = Write {
        key,
        token,
        is_put,
        permit: parts.extensions.get().copied(),
        gate: app.gate,
        pause: app.pause,
        hangs,
    };
    match app.contents.write(&parts.extensions, work).await {
        Ok(Written::Row { trail, is_new }) => {
            let status = if is_put && is_new {
                StatusCode::CREATED
            } else {
                StatusCode::OK
            };
            (status, trail.to_string()).into_response()
        }
        Ok(Written::Missing(trail)) => (StatusCode::NOT_FOUND, trail.to_string()).into_response(),
        Ok(Written::Conflict) => VersionConflict.into_response(),
        Err(error) => failed(&error),
    }
}

fn failed(error: &Failure) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
}
