//! `GET` of a collection: its resources in the order of their ids, page by page.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tower_conditional::{ItemVersions, VersionWanted};
use uuid::Uuid;

use crate::database::Database;
use crate::error::Error;
use crate::id;
use crate::problem::Problem;
use crate::resource::Kind;

const DEFAULT_LIMIT: u32 = 100;
const MAX_LIMIT: u32 = 1000;

/// The parameters as they were sent. Others than these are not looked at.
#[derive(Deserialize)]
pub(crate) struct Parameters {
    limit: Option<String>,
    after: Option<String>,
}

#[derive(Serialize)]
struct Page {
    items: Vec<Map<String, Value>>,
    /// What to send as `after` for the next page.
    next: Option<String>,
}

pub(crate) async fn page<K: Kind>(
    State(database): State<Database>,
    wanted: Option<Extension<VersionWanted>>,
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<Response, Error> {
    let (limit, after) = match read(query) {
        Ok(range) => range,
        Err(detail) => return Ok(Problem::new(StatusCode::BAD_REQUEST, detail).into_response()),
    };
    // One more than asked for tells whether there is a next page.
    let mut rows = K::page(&database, after, limit + 1).await?;
    let has_next = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| has_next).map(|row| row.id.clone());
    let items = rows.iter().map(|row| serde_json::from_str(&row.document));
    let items = items.collect::<Result<_, _>>()?;
    let page = Json(Page { items, next });
    if wanted.is_none() {
        return Ok(page.into_response());
    }
    let versions = rows.iter().map(|row| (&row.id, row.version));
    Ok((ItemVersions::new(K::ID, versions), page).into_response())
}

fn read(
    query: Result<Query<Parameters>, QueryRejection>,
) -> Result<(u32, Option<Uuid>), &'static str> {
    let Query(parameters) =
        query.map_err(|_| "`limit` and `after` can be given once each in the query.")?;
    let limit = parameters
        .limit
        .map_or(Some(DEFAULT_LIMIT), |text| limit(&text));
    let limit = limit.ok_or("`limit` is a whole number from 1 to 1000.")?;
    let after = parameters
        .after
        .map(|text| id::parse(&text).ok_or("`after` is an id."));
    Ok((limit, after.transpose()?))
}

fn limit(text: &str) -> Option<u32> {
    // `parse` alone would take a sign too.
    let digits = Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let limit = digits?.parse().ok()?;
    (1..=MAX_LIMIT).contains(&limit).then_some(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_from_1_to_1000() {
        assert_eq!(limit("1"), Some(1));
        assert_eq!(limit("1000"), Some(1000));
        for text in ["", "0", "1001", "+1", "-1", "1.0", "4294967297", "one"] {
            assert_eq!(limit(text), None, "{text}");
        }
    }
}
