//! Models: which fields records have, and which claim wins where sources disagree.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_conditional::merge::resolution;
use uuid::Uuid;

use crate::members::{self, Invalid, Members};
use crate::resource::{Kind, Resource};

#[derive(Serialize)]
pub(crate) struct Model {
    #[serde(rename = "modelId")]
    id: Uuid,
    name: String,
    status: Status,
    fields: BTreeMap<String, Field>,
}

#[derive(Clone, Copy, Default, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    #[default]
    Active,
    Draft,
    Archived,
}

#[derive(Deserialize, Serialize)]
struct Field {
    policy: Policy,
}

/// Which of several claims on a field wins.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Policy {
    HighestConfidence,
    MostRecent,
    FirstSeen,
}

impl Model {
    /// The policies by which records of a model are resolved, from the model's document.
    pub(crate) fn policies(
        document: &str,
    ) -> Result<BTreeMap<String, resolution::Policy>, serde_json::Error> {
        #[derive(Deserialize)]
        struct Fields {
            fields: BTreeMap<String, Field>,
        }

        let Fields { fields } = serde_json::from_str(document)?;
        let policies = fields.into_iter();
        Ok(policies
            .map(|(name, field)| (name, field.policy.into()))
            .collect())
    }
}

impl Kind for Model {
    const COLLECTION: &'static str = "models";
    const ID: &'static str = "modelId";
}

impl Resource for Model {
    fn from_members(id: Uuid, mut members: Members) -> Result<Self, Invalid> {
        let model = Self {
            id,
            name: members.required("name", members::name)?,
            status: members.optional("status", status)?.unwrap_or_default(),
            fields: members.optional("fields", fields)?.unwrap_or_default(),
        };
        members.end()?;
        Ok(model)
    }
}

impl From<Policy> for resolution::Policy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::HighestConfidence => Self::HighestConfidence,
            Policy::MostRecent => Self::MostRecent,
            Policy::FirstSeen => Self::FirstSeen,
        }
    }
}

fn status(value: Value) -> Result<Status, Invalid> {
    let words = [
        ("active", Status::Active),
        ("draft", Status::Draft),
        ("archived", Status::Archived),
    ];
    members::one_of(&words, value)
}

fn fields(value: Value) -> Result<BTreeMap<String, Field>, Invalid> {
    let mut fields = BTreeMap::new();
    for (name, value) in Members::of(value)?.into_rest() {
        let field = field(value).map_err(|invalid| invalid.within(&name))?;
        fields.insert(name, field);
    }
    Ok(fields)
}

fn field(value: Value) -> Result<Field, Invalid> {
    let mut members = Members::of(value)?;
    let policy = members.required("policy", policy)?;
    members.end()?;
    Ok(Field { policy })
}

fn policy(value: Value) -> Result<Policy, Invalid> {
    let words = [
        ("highest_confidence", Policy::HighestConfidence),
        ("most_recent", Policy::MostRecent),
        ("first_seen", Policy::FirstSeen),
    ];
    members::one_of(&words, value)
}
