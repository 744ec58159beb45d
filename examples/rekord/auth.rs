//! The bearer token (RFC 6750), asked for before anything else: nobody without it learns which
//! resources exist, or in which version.

use std::env::{self, VarError};

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::page;
use crate::problem::Problem;

const VARIABLE: &str = "REKORD_API_TOKEN";
const DEMO: &str = "rekord-demo";

/// The token that a client has to show.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    /// # Errors
    /// When the variable holds what no `Authorization` field can carry.
    pub(crate) fn from_env() -> Result<Self, String> {
        match env::var(VARIABLE) {
            Ok(token) if !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()) => {
                Ok(Self(token))
            }
            Err(VarError::NotPresent) => Ok(Self(DEMO.into())),
            _ => Err(format!(
                "{VARIABLE} must be visible ASCII characters, and not empty"
            )),
        }
    }

    /// Whether it is the token that everybody knows.
    pub(crate) fn is_demo(&self) -> bool {
        self.0 == DEMO
    }

    /// Takes the same time wherever the first difference is.
    fn matches(&self, shown: &[u8]) -> bool {
        let own = self.0.as_bytes();
        let differing = own
            .iter()
            .zip(shown)
            .fold(0, |bits, (own, shown)| bits | (own ^ shown));
        own.len() == shown.len() && differing == 0
    }

    fn is_shown_by(&self, headers: &HeaderMap) -> bool {
        let mut lines = headers.get_all(AUTHORIZATION).iter();
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return false;
        };
        // RFC 9110 §11.1: the scheme in any case, then one or more spaces.
        match line.as_bytes().split_at_checked("Bearer ".len()) {
            Some((scheme, token)) => {
                scheme.eq_ignore_ascii_case(b"Bearer ") && self.matches(token.trim_ascii_start())
            }
            None => false,
        }
    }
}

/// Lets through what shows the token, and what needs none.
pub(crate) async fn authenticate(
    State(token): State<Token>,
    request: Request,
    next: Next,
) -> Response {
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    let path = request.uri().path();
    let is_open = is_read && (path == "/healthz" || page::has(path));
    if is_open || token.is_shown_by(request.headers()) {
        return next.run(request).await;
    }
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "Send the API token as `Authorization: Bearer TOKEN`.",
    )
    .header(WWW_AUTHENTICATE, "Bearer")
    .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shows(lines: &[&'static str]) -> bool {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(AUTHORIZATION, line.parse().unwrap());
        }
        Token("secret".into()).is_shown_by(&headers)
    }

    #[test]
    fn one_line_with_the_very_token_is_asked_for() {
        assert!(shows(&["Bearer secret"]));
        assert!(shows(&["bEARER  secret"]));
        assert!(!shows(&[]));
        assert!(!shows(&["Bearer secret", "Bearer secret"]));
        for line in [
            "Bearer secre",
            "Bearer secrett",
            "Bearer",
            "Basic secret",
            "secret",
            "",
        ] {
            assert!(!shows(&[line]), "{line}");
        }
    }
}
