use memchr::{memchr, memmem};

use crate::{entity_tag::TagRef, version::Version};

use super::Target;

/// The tag of the selected representation, to compare field values with: the canonical digits of
/// the version, and the variant behind a hyphen.
pub(super) struct SelectedTag<'a> {
    digits: Option<([u8; DIGITS], usize)>,
    target: &'a Target<'a>,
}

/// 2^64 - 1 has twenty of them.
const DIGITS: usize = 20;

impl<'a> SelectedTag<'a> {
    pub(super) fn of(target: &'a Target<'a>) -> Self {
        Self {
            digits: target.current.version().map(digits),
            target,
        }
    }

    /// §8.8.3.2 for the opaque part: the whole tag of the selected representation.
    #[inline]
    pub(super) fn is(&self, tag: TagRef<'_>) -> bool {
        let Some(variant) = self.target.variant else {
            return self.is_plain(tag);
        };
        self.behind_version(tag)
            .is_some_and(|suffix| is_variant(suffix, variant))
    }

    /// The tag of the version without a variant. Most are of another length, which is seen at once.
    #[inline]
    fn is_plain(&self, tag: TagRef<'_>) -> bool {
        let digits = self.digits.as_ref();
        digits.is_some_and(|(digits, length)| tag.opaque == &digits[..*length])
    }

    /// The version part alone: the plain tag, or that of any declared variant.
    #[inline]
    pub(super) fn is_version_of(&self, tag: TagRef<'_>) -> bool {
        self.is_plain(tag)
            || (!self.target.has_one_tag()
                && self.behind_version(tag).is_some_and(|suffix| {
                    let mut declared = self.target.variant.iter().chain(self.target.variants);
                    declared.any(|it| is_variant(suffix, it))
                }))
    }

    /// Whether `list` is none that this tag matches, `*` included, whatever else it is. False
    /// where that takes a closer look.
    pub(super) fn is_nowhere_in(&self, list: &[u8]) -> bool {
        let (Some((digits, length)), None) = (&self.digits, self.target.variant) else {
            return false;
        };
        let mut quoted = [b'"'; DIGITS + 2];
        quoted[1..=*length].copy_from_slice(&digits[..*length]);
        memchr(b'*', list).is_none() && memmem::find(list, &quoted[..length + 2]).is_none()
    }

    /// What stands behind the version in a tag that begins with it.
    fn behind_version<'t>(&self, tag: TagRef<'t>) -> Option<&'t [u8]> {
        let (digits, length) = self.digits.as_ref()?;
        tag.opaque.strip_prefix(&digits[..*length])
    }
}

fn digits(version: Version) -> ([u8; DIGITS], usize) {
    let mut buffer = itoa::Buffer::new();
    let text = buffer.format(version.get()).as_bytes();
    let mut digits = [0; DIGITS];
    digits[..text.len()].copy_from_slice(text);
    (digits, text.len())
}

fn is_variant(suffix: &[u8], variant: &str) -> bool {
    suffix.strip_prefix(b"-") == Some(variant.as_bytes())
}
