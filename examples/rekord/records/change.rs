//! What a write does to the claims on a record, and the record that comes of it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use tower_conditional::ContentHash;
use tower_conditional::merge::resolution::Confidence;
use uuid::Uuid;

use super::contribution;
use super::instant::Instant;
use super::kept::{self, Kept};
use super::record::{Record, Sent};
use crate::database::{ClaimRow, Transaction};
use crate::error::Error;
use crate::members::Invalid;
use crate::models::Model;
use crate::resource::Kind;

/// The source that a direct write stands as.
const API: &str = "api";

/// A write of a record, in terms of its claims.
pub(super) struct Change {
    model_id: Uuid,
    discarded: Discarded,
    claims: Vec<ClaimRow>,
}

/// The claims that a write discards before it adds its own.
enum Discarded {
    None,
    On(BTreeSet<String>),
    All,
}

impl Change {
    /// Adds what a source claims to the record of this model.
    pub(super) fn contribution(model_id: Uuid, claims: Vec<ClaimRow>) -> Self {
        Self {
            model_id,
            discarded: Discarded::None,
            claims,
        }
    }

    /// A direct write of everything.
    pub(super) fn replacement(sent: Sent) -> Result<Self, Error> {
        Ok(Self {
            model_id: sent.model_id,
            discarded: Discarded::All,
            claims: claimed_by_api(sent.data)?,
        })
    }

    /// A direct write of the fields with these names, which are those that a patch names: it has
    /// set them to what they are in `sent`, and removed them where they are not in there.
    pub(super) fn patch(mut sent: Sent, names: BTreeSet<String>) -> Result<Self, Error> {
        sent.data.retain(|name, _| names.contains(name));
        Ok(Self {
            model_id: sent.model_id,
            discarded: Discarded::On(names),
            claims: claimed_by_api(sent.data)?,
        })
    }

    /// Changes the claims on the record `id`, and gives the record that they now make.
    ///
    /// # Errors
    /// When there is no such model, or more is claimed than a record can hold.
    pub(super) async fn apply(
        self,
        transaction: &mut Transaction,
        id: Uuid,
    ) -> Result<Record, Error> {
        let model = transaction.read(Model::COLLECTION, self.model_id).await?;
        let model = model.ok_or_else(|| Invalid::new("is not a model's id").within("modelId"))?;
        let policies = Model::policies(&model.document)?;

        match &self.discarded {
            Discarded::None => {}
            Discarded::On(fields) => transaction.discard_claims(id, fields).await?,
            Discarded::All => transaction.discard_all_claims(id).await?,
        }
        let mut kept = Kept::of(transaction.claims(id).await?)?;
        let changed = kept.add(self.claims)?;
        if kept.size() > kept::LIMIT {
            return Err(Error::ClaimsTooLarge);
        }
        transaction.discard_claims(id, &changed).await?;
        transaction.add_claims(id, &kept.rows(&changed)).await?;

        let data = kept.data(&policies)?;
        Ok(Record {
            id,
            model_id: self.model_id,
            sha256: ContentHash::of(&data)?,
            data,
        })
    }
}

fn claimed_by_api(data: Map<String, Value>) -> Result<Vec<ClaimRow>, Error> {
    let now = Instant::now();
    data.into_iter()
        .map(|(field, value)| {
            Ok(contribution::claim(
                field,
                API,
                now,
                Confidence::FULL,
                &value,
            )?)
        })
        .collect()
}
