//! The members of a record, as they are sent and as they are answered.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tower_conditional::ContentHash;
use uuid::Uuid;

use crate::id;
use crate::members::{self, Invalid, Members};
use crate::resource::Kind;

/// A record as it is stored and answered.
#[derive(Deserialize, Serialize)]
pub(super) struct Record {
    #[serde(rename = "recordId")]
    pub(super) id: Uuid,
    #[serde(rename = "modelId")]
    pub(super) model_id: Uuid,
    pub(super) data: Map<String, Value>,
    pub(super) sha256: ContentHash,
}

impl Kind for Record {
    const COLLECTION: &'static str = "records";
    const ID: &'static str = "recordId";
}

/// The members that a client writes.
pub(super) struct Sent {
    pub(super) model_id: Uuid,
    pub(super) data: Map<String, Value>,
}

impl Sent {
    /// Reads the members that are left when the read-only ones are taken out.
    pub(super) fn from_members(mut members: Members) -> Result<Self, Invalid> {
        let sent = Self {
            model_id: members.required("modelId", model_id)?,
            data: members.required("data", data)?,
        };
        members.end()?;
        Ok(sent)
    }
}

/// Takes out the hash that a client sends back; it cannot be changed but by `data`.
pub(super) fn read_only_hash(
    members: &mut Members,
    current: Option<&Record>,
) -> Result<(), Invalid> {
    members.optional("sha256", |value| match (value, current) {
        (Value::String(text), Some(record)) if text == record.sha256.to_string() => Ok(()),
        _ => Err(Invalid::new("is read-only")),
    })?;
    Ok(())
}

fn model_id(value: Value) -> Result<Uuid, Invalid> {
    id::parse(&members::string(value)?).ok_or_else(|| Invalid::new("must be an id"))
}

fn data(value: Value) -> Result<Map<String, Value>, Invalid> {
    Members::of(value).map(Members::into_rest)
}
