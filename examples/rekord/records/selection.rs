//! `?fields=`: a part of a record.

use axum::extract::Query;
use axum::http::Uri;
use serde_json::{Map, Value};

use super::record::Record;
use crate::resource::Kind;

/// The members that a read asks for.
pub(super) struct Selection(Vec<String>);

impl Selection {
    /// What the query asks for: names separated by commas, in one parameter `fields` or several.
    /// `None` without that parameter.
    pub(super) fn of(uri: &Uri) -> Option<Self> {
        let Query(parameters) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
        let mut lists = parameters
            .into_iter()
            .filter(|(name, _)| name == "fields")
            .map(|(_, list)| list)
            .peekable();
        lists.peek()?;
        let names = lists.flat_map(|list| {
            let names = list.split(',').map(|name| name.trim().to_owned());
            names.collect::<Vec<_>>()
        });
        Some(Self(names.collect()))
    }

    /// The members that were asked for; the id is always among them. Names of no member are not
    /// looked at.
    pub(super) fn select(&self, document: &str) -> Result<String, serde_json::Error> {
        let mut members: Map<String, Value> = serde_json::from_str(document)?;
        members.retain(|name, _| name == Record::ID || self.0.contains(name));
        serde_json::to_string(&members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_that_are_named_are_selected() {
        let document = r#"{"data":{"sha256":1},"modelId":"m","recordId":"r","sha256":"h"}"#;
        for (query, expected) in [
            ("fields=sha256", r#"{"recordId":"r","sha256":"h"}"#),
            (
                "fields=sha256%2Cdata",
                r#"{"data":{"sha256":1},"recordId":"r","sha256":"h"}"#,
            ),
            (
                "fields=modelId&a=b&fields=sha256",
                r#"{"modelId":"m","recordId":"r","sha256":"h"}"#,
            ),
            (
                "fields=other, sha256".replace(' ', "+").as_str(),
                r#"{"recordId":"r","sha256":"h"}"#,
            ),
            ("fields=", r#"{"recordId":"r"}"#),
        ] {
            let uri = format!("/records/r?{query}").parse().unwrap();
            let selection = Selection::of(&uri).unwrap();
            assert_eq!(selection.select(document).unwrap(), expected, "{query}");
        }
        for query in ["", "?include=version", "?field=sha256", "?fields%20=sha256"] {
            let uri = format!("/records/r{query}").parse().unwrap();
            assert!(Selection::of(&uri).is_none(), "{query}");
        }
    }
}
