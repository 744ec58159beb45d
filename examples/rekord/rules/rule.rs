//! The members of a rule.

use serde::Serialize;
use uuid::Uuid;

use crate::database::{Database, DatabaseError, Row};
use crate::members::{self, Invalid, Members};
use crate::resource::{Kind, Resource};

#[derive(Serialize)]
pub(crate) struct Rule {
    #[serde(rename = "ruleId")]
    id: Uuid,
    name: String,
    expression: String,
    enabled: bool,
}

impl Kind for Rule {
    const COLLECTION: &'static str = "rules";
    const ID: &'static str = "ruleId";

    async fn page(
        database: &Database,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Row>, DatabaseError> {
        database.rules(after, limit).await
    }
}

impl Resource for Rule {
    fn from_members(id: Uuid, mut members: Members) -> Result<Self, Invalid> {
        let rule = Self {
            id,
            name: members.required("name", members::name)?,
            expression: members.required("expression", members::string)?,
            enabled: members
                .optional("enabled", members::boolean)?
                .unwrap_or(true),
        };
        members.end()?;
        Ok(rule)
    }
}
