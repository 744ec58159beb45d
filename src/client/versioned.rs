use http::HeaderMap;

use crate::entity_tag::EntityTag;

/// A value, and the entity-tag of the representation that it was read from or written as.
///
/// The value and the tag belong together: what is derived from the value is written under the
/// tag, with If-Match, and goes through only if nobody has changed the resource since.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// The tag. `None` if the server gave none, more than one, or something that is no
    /// entity-tag: then nothing can be written on the strength of it.
    pub tag: Option<EntityTag>,
    /// The fields of the answer that the value and the tag are from, brought up to date by each
    /// 304 since (RFC 9111 §3.2).
    pub headers: HeaderMap,
}

impl<T> Versioned<T> {
    /// A value that was read before, or elsewhere, under this tag.
    #[must_use]
    pub fn new(value: T, tag: Option<EntityTag>) -> Self {
        Self {
            value,
            tag,
            headers: HeaderMap::new(),
        }
    }
}
