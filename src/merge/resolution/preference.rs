use super::{Claim, Policy};

/// How the claims on a field are preferred: a rank, and the [`Policy`] that decides among claims
/// of equal rank.
///
/// A rank cannot break what [`resolve`](super::resolve) promises, as long as it is a function of
/// the claim alone and its type orders as [`Ord`] asks: the policy completes every tie. One
/// closure is enough ([`Policy::after`]); the trait is for a type of one's own, such as an enum of
/// all the policies that an application knows.
///
/// ```
/// use tower_conditional::merge::resolution::{Claim, Confidence, Policy, Preference, winner};
///
/// enum Rule {
///     Named(Policy),
///     /// The longest text; of those, the most recent.
///     Longest,
/// }
///
/// impl<T> Preference<String, T, String> for Rule {
///     type Rank = usize;
///
///     fn rank(&self, claim: &Claim<String, T>) -> usize {
///         match self {
///             Self::Named(_) => 0,
///             Self::Longest => claim.value.len(),
///         }
///     }
///
///     fn policy(&self) -> Policy {
///         match self {
///             Self::Named(policy) => *policy,
///             Self::Longest => Policy::MostRecent,
///         }
///     }
/// }
///
/// let claim = |value: &str, observed_at| Claim {
///     value: value.to_owned(),
///     confidence: Confidence::FULL,
///     observed_at,
///     source: "import".to_owned(),
/// };
/// let claims = [claim("A. Lovelace", 1), claim("Ada", 2)];
/// assert_eq!(winner(&claims, &Rule::Longest), Some(&claims[0]));
/// assert_eq!(winner(&claims, &Rule::Named(Policy::MostRecent)), Some(&claims[1]));
/// ```
pub trait Preference<V, T, S> {
    /// What is compared first; the greatest wins.
    type Rank: Ord;

    /// The rank of a claim, a function of the claim alone.
    fn rank(&self, claim: &Claim<V, T, S>) -> Self::Rank;

    /// Decides among claims of equal rank.
    fn policy(&self) -> Policy;
}

/// All claims have one rank.
impl<V, T, S> Preference<V, T, S> for Policy {
    type Rank = ();

    fn rank(&self, _: &Claim<V, T, S>) {}

    fn policy(&self) -> Policy {
        *self
    }
}

impl<V, T, S, P> Preference<V, T, S> for &P
where
    P: Preference<V, T, S> + ?Sized,
{
    type Rank = P::Rank;

    fn rank(&self, claim: &Claim<V, T, S>) -> Self::Rank {
        P::rank(self, claim)
    }

    fn policy(&self) -> Policy {
        P::policy(self)
    }
}

/// A rank by a closure, then a [`Policy`]: see [`Policy::after`].
#[derive(Clone, Copy, Debug)]
pub struct Ranked<R> {
    rank: R,
    policy: Policy,
}

impl<R> Ranked<R> {
    pub(super) const fn new(rank: R, policy: Policy) -> Self {
        Self { rank, policy }
    }
}

impl<V, T, S, R, K> Preference<V, T, S> for Ranked<R>
where
    R: Fn(&Claim<V, T, S>) -> K,
    K: Ord,
{
    type Rank = K;

    fn rank(&self, claim: &Claim<V, T, S>) -> K {
        (self.rank)(claim)
    }

    fn policy(&self) -> Policy {
        self.policy
    }
}
