use super::Confidence;

/// What one source says about one field of a record.
///
/// Two claims that are equal in all four members are the same claim, made once or many times.
/// What the types have to do is in the [module's documentation](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Claim<V, T, S = String> {
    /// The value; its order is the last tie-break, so that it is total.
    pub value: V,
    /// How sure the source is.
    pub confidence: Confidence,
    /// When the source observed the value (not when the claim arrived).
    pub observed_at: T,
    /// Who says it.
    pub source: S,
}
