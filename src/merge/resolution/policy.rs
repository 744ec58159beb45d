use std::{cmp::Ordering, fmt, str::FromStr};

use super::{Claim, InvalidPolicy, InvalidPolicyKind, Ranked};

/// Which of the claims on a field wins.
///
/// Where all that is named below is equal, the source that is first in ascending order wins, then
/// the value that is. The texts are the names in `snake_case`:
///
/// ```
/// use tower_conditional::merge::resolution::Policy;
///
/// assert_eq!("first_seen".parse(), Ok(Policy::FirstSeen));
/// assert_eq!(Policy::default().to_string(), "most_recent");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// `highest_confidence`: the highest confidence, then the latest observation.
    HighestConfidence,
    /// `most_recent`: the latest observation, then the highest confidence.
    #[default]
    MostRecent,
    /// `first_seen`: the oldest observation, then the highest confidence.
    FirstSeen,
}

impl Policy {
    /// A policy of one's own: the claim that `rank` puts highest wins, and this policy decides
    /// among those of equal rank.
    ///
    /// `rank` has to be a function of the claim alone: no clock, no counter.
    ///
    /// ```
    /// use tower_conditional::merge::resolution::{Claim, Confidence, Policy, winner};
    ///
    /// let human = Claim { value: "Ada", confidence: Confidence::FULL, observed_at: 1, source: "desk" };
    /// let import = Claim { value: "ADA", observed_at: 2, source: "import", ..human };
    /// let people_first = Policy::MostRecent
    ///     .after(|claim: &Claim<&str, i32, &str>| claim.source == "desk");
    ///
    /// assert_eq!(winner([&human, &import], &people_first), Some(&human));
    /// assert_eq!(winner([&human, &import], &Policy::MostRecent), Some(&import));
    /// ```
    #[must_use]
    pub const fn after<R>(self, rank: R) -> Ranked<R> {
        Ranked::new(rank, self)
    }

    /// The total order of claims; the greater one wins.
    pub(super) fn compare<V, T, S>(self, one: &Claim<V, T, S>, other: &Claim<V, T, S>) -> Ordering
    where
        V: Ord,
        T: Ord,
        S: Ord,
    {
        let confidence = one.confidence.cmp(&other.confidence);
        let later = one.observed_at.cmp(&other.observed_at);
        match self {
            Self::HighestConfidence => confidence.then(later),
            Self::MostRecent => later.then(confidence),
            Self::FirstSeen => later.reverse().then(confidence),
        }
        // The other way round: of these, the first in ascending order wins.
        .then_with(|| other.source.cmp(&one.source))
        .then_with(|| other.value.cmp(&one.value))
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::HighestConfidence => "highest_confidence",
            Self::MostRecent => "most_recent",
            Self::FirstSeen => "first_seen",
        })
    }
}

impl FromStr for Policy {
    type Err = InvalidPolicy;

    /// # Errors
    /// [`InvalidPolicyKind::UnknownName`] for anything but the exact names.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "highest_confidence" => Ok(Self::HighestConfidence),
            "most_recent" => Ok(Self::MostRecent),
            "first_seen" => Ok(Self::FirstSeen),
            _ => Err(InvalidPolicy::new(InvalidPolicyKind::UnknownName)),
        }
    }
}
