use std::fmt;

use super::{InvalidConfidence, InvalidConfidenceKind};

/// How sure a source is of a claim: a number from 0 to 1, totally ordered.
///
/// The default is [`Confidence::FULL`].
///
/// ```
/// use tower_conditional::merge::resolution::{Confidence, InvalidConfidenceKind};
///
/// assert!(Confidence::new(0.8)? < Confidence::FULL);
/// assert_eq!(Confidence::new(-0.0)?, Confidence::new(0.0)?);
/// let refused = Confidence::new(f64::NAN).unwrap_err();
/// assert_eq!(refused.kind(), InvalidConfidenceKind::NotANumber);
/// # Ok::<(), tower_conditional::merge::resolution::InvalidConfidence>(())
/// ```
// The bits of the number: from +0.0 upwards, IEEE 754 doubles order as their bits do, which makes
// equality, order and hash agree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Confidence(u64);

impl Confidence {
    /// 1: the source has no doubt.
    pub const FULL: Self = Self(1.0_f64.to_bits());

    /// The confidence of this number, from 0 to 1, both included. Minus zero is zero.
    ///
    /// # Errors
    /// [`InvalidConfidenceKind`] says which: NaN, below 0, above 1.
    pub const fn new(number: f64) -> Result<Self, InvalidConfidence> {
        if number.is_nan() {
            Err(InvalidConfidence::new(InvalidConfidenceKind::NotANumber))
        } else if number < 0.0 {
            Err(InvalidConfidence::new(InvalidConfidenceKind::Negative))
        } else if number > 1.0 {
            Err(InvalidConfidence::new(InvalidConfidenceKind::AboveOne))
        } else {
            // -0.0 passes the test above; the absolute value clears its sign.
            Ok(Self(number.abs().to_bits()))
        }
    }

    /// The number, never NaN and never minus zero.
    #[must_use]
    pub const fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl Default for Confidence {
    fn default() -> Self {
        Self::FULL
    }
}

impl fmt::Debug for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Confidence").field(&self.get()).finish()
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl TryFrom<f64> for Confidence {
    type Error = InvalidConfidence;

    /// # Errors
    /// As [`Confidence::new`].
    fn try_from(number: f64) -> Result<Self, Self::Error> {
        Self::new(number)
    }
}

impl From<Confidence> for f64 {
    fn from(confidence: Confidence) -> Self {
        confidence.get()
    }
}
