use std::time::SystemTime;

use crate::current::Current;

/// What the preconditions of a request are judged against.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Target<'a> {
    pub(super) current: Current,
    pub(super) now: Option<SystemTime>,
    pub(super) variant: Option<&'a str>,
    pub(super) variants: &'a [&'a str],
    pub(super) accept_weakened: bool,
    pub(super) put_creates: bool,
}

impl<'a> Target<'a> {
    /// The target of which this is current: a [`Version`](crate::Version), an `Option` of one,
    /// [`Validators`](crate::Validators) or a [`Current`].
    pub fn new(current: impl Into<Current>) -> Self {
        Self {
            current: current.into(),
            now: None,
            variant: None,
            variants: &[],
            accept_weakened: false,
            put_creates: true,
        }
    }

    /// The time by the server's clock. A date in If-Range is a strong validator only when its
    /// second is over (§8.8.2.2), so without the time it never matches.
    pub const fn at(mut self, now: SystemTime) -> Self {
        self.now = Some(now);
        self
    }

    /// The variant of the selected representation (a language, a format): its tag is `"5-de"`
    /// for version 5 and variant `de`.
    pub const fn variant(mut self, variant: &'a str) -> Self {
        self.variant = Some(variant);
        self
    }

    /// All variants that the resource has. An If-Match of an unsafe method looks at the version
    /// alone, so it takes the tag of each of them, and the plain one.
    pub const fn variants(mut self, variants: &'a [&'a str]) -> Self {
        self.variants = variants;
        self
    }

    /// Whether If-Match takes `W/"5"` for `"5"`, against the strong comparison that §13.1.1 asks
    /// for: an opt-in for clients behind intermediaries that weaken tags on the way. Default:
    /// no.
    pub const fn accept_weakened(mut self, accept: bool) -> Self {
        self.accept_weakened = accept;
        self
    }

    /// Whether a PUT to a missing target creates it. If so, which is the default, a PUT under
    /// If-Match to a missing target fails; if not, it is performed, for the service's own 404.
    pub const fn put_creates(mut self, creates: bool) -> Self {
        self.put_creates = creates;
        self
    }

    /// Whether the version's plain tag is the only one that can match.
    pub(super) const fn has_one_tag(&self) -> bool {
        self.variant.is_none() && self.variants.is_empty()
    }
}
