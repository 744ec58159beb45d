//! The claims on a record that are kept: those that can ever win.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use tower_conditional::merge::resolution::{Claim, Confidence, Policy, winner};

use super::instant::Instant;
use super::value::FieldValue;
use crate::body;
use crate::database::ClaimRow;
use crate::error::Error;

/// How many bytes the claims on a record may have, names and sources included. All of them are
/// read under a lock, and the limit of the record itself does not hold those that lose.
pub(super) const LIMIT: usize = 4 * body::LIMIT;

/// A model may change to any of these.
const POLICIES: [Policy; 3] = [
    Policy::HighestConfidence,
    Policy::MostRecent,
    Policy::FirstSeen,
];

type FieldClaim = Claim<FieldValue, Instant>;

/// The claims on a record, by field.
pub(super) struct Kept(BTreeMap<String, Vec<FieldClaim>>);

impl Kept {
    pub(super) fn of(rows: Vec<ClaimRow>) -> Result<Self, Error> {
        let mut claims: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in rows {
            let (field, claim) = claim(row)?;
            claims.entry(field).or_default().push(claim);
        }
        Ok(Self(claims))
    }

    /// Adds claims and drops those that can no longer win, which may be the new ones. Gives the
    /// fields whose claims are not what they were.
    pub(super) fn add(&mut self, rows: Vec<ClaimRow>) -> Result<BTreeSet<String>, Error> {
        let mut changed = BTreeSet::new();
        for row in rows {
            let (field, claim) = claim(row)?;
            let before = self.0.remove(&field).unwrap_or_default();
            let after = contenders(&before, &claim);
            if after.len() != before.len() || after.iter().any(|claim| !before.contains(claim)) {
                changed.insert(field.clone());
            }
            self.0.insert(field, after);
        }
        Ok(changed)
    }

    /// The rows of the claims on some fields.
    pub(super) fn rows(&self, fields: &BTreeSet<String>) -> Vec<ClaimRow> {
        let claims = fields
            .iter()
            .filter_map(|field| self.0.get_key_value(field));
        claims
            .flat_map(|(field, claims)| claims.iter().map(|claim| row(field, claim)))
            .collect()
    }

    /// The values that win, by field: a function of the set of the claims, and of the policies.
    pub(super) fn data(
        &self,
        policies: &BTreeMap<String, Policy>,
    ) -> Result<Map<String, Value>, serde_json::Error> {
        let winners = self.0.iter().filter_map(|(field, claims)| {
            let policy = policies.get(field).copied().unwrap_or_default();
            winner(claims, &policy).map(|claim| (field, claim))
        });
        winners
            .map(|(field, claim)| Ok((field.clone(), claim.value.to_json()?)))
            .collect()
    }

    /// In bytes.
    pub(super) fn size(&self) -> usize {
        let claims = self.0.iter().flat_map(|(field, claims)| {
            claims
                .iter()
                .map(|claim| field.len() + claim.source.len() + claim.value.text().len())
        });
        claims.sum()
    }
}

/// The winner under each policy, three at most. Since winners of parts resolve to the winner of
/// the whole, nothing else can ever win, whatever is claimed later.
fn contenders(before: &[FieldClaim], claim: &FieldClaim) -> Vec<FieldClaim> {
    let mut contenders: Vec<FieldClaim> = Vec::new();
    for policy in POLICIES {
        match winner(before.iter().chain([claim]), &policy) {
            Some(winner) if !contenders.contains(winner) => contenders.push(winner.clone()),
            _ => {}
        }
    }
    contenders
}

fn claim(row: ClaimRow) -> Result<(String, FieldClaim), Error> {
    let claim = Claim {
        value: FieldValue::new(row.value)?,
        confidence: Confidence::new(row.confidence)?,
        observed_at: Instant::from_parts(row.seconds, row.nanoseconds),
        source: row.source,
    };
    Ok((row.field, claim))
}

fn row(field: &str, claim: &FieldClaim) -> ClaimRow {
    let (seconds, nanoseconds) = claim.observed_at.parts();
    ClaimRow {
        field: field.to_owned(),
        source: claim.source.clone(),
        seconds,
        nanoseconds,
        confidence: claim.confidence.get(),
        value: claim.value.text().to_owned(),
    }
}
