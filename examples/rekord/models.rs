//! Models: which fields records have, and which claim wins where sources disagree.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::members::{self, Invalid, Members};
use crate::resource::Resource;

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

#[derive(Serialize)]
struct Field {
    policy: Policy,
}

/// Which of several claims on a field wins.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum Policy {
    HighestConfidence,
    MostRecent,
    FirstSeen,
}

impl Resource for Model {
    const COLLECTION: &'static str = "models";
    const ID: &'static str = "modelId";

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
