//! The two kinds of resource, and resources in a given state.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::client::{Call, Client};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Model,
    Rule,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Model, Self::Rule];

    pub(crate) fn collection(self) -> &'static str {
        match self {
            Self::Model => "/models",
            Self::Rule => "/rules",
        }
    }

    /// The member that holds the id.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Model => "modelId",
            Self::Rule => "ruleId",
        }
    }

    /// A text member that is free for a test's own use.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Model => "name",
            Self::Rule => "expression",
        }
    }

    /// What a `POST` or `PUT` needs, with `text` in the free member.
    pub(crate) fn body(self, text: &str) -> Value {
        match self {
            Self::Model => json!({"name": text}),
            Self::Rule => json!({"name": "a rule", "expression": text}),
        }
    }

    pub(crate) fn read(self, answer: &Answer) -> String {
        let text = answer.json()[self.text()].as_str().map(str::to_owned);
        text.unwrap_or_else(|| panic!("no {} in {answer:?}", self.text()))
    }

    /// The path of a resource that nobody has made.
    pub(crate) fn fresh(self) -> String {
        format!("{}/{}", self.collection(), Uuid::now_v7())
    }

    /// A resource whose current version is `version`.
    pub(crate) async fn at(self, client: &mut Client, version: u64) -> String {
        let path = self.fresh();
        for written in 1..=version {
            let answer = client
                .send(Call::put(&path, &self.body(&format!("text {written}"))))
                .await;
            answer.assert_status(if written == 1 { 201 } else { 200 });
            assert_eq!(answer.version(), written);
        }
        path
    }
}
