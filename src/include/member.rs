//! The member as it is written.

use std::{fmt::Write, sync::Arc};

use bytes::Bytes;

use crate::version::Version;

use super::scan::Name;

/// The name of the member, read and written.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: Arc<Name>,
    /// `,"version":`
    head: Arc<[u8]>,
}

impl Member {
    pub(super) fn new(name: &str) -> Self {
        let mut head = String::with_capacity(name.len() + 4);
        head.push_str(",\"");
        for character in name.chars() {
            // RFC 8259 §7: these must be escaped, and no others.
            match character {
                '"' | '\\' => head.extend(['\\', character]),
                '\0'..='\x1F' => {
                    let code = u32::from(character);
                    write!(head, "\\u{code:04x}").expect("a String takes all that is written");
                }
                _ => head.push(character),
            }
        }
        head.push_str("\":");
        Self {
            name: Arc::new(Name::new(name)),
            head: head.into_bytes().into(),
        }
    }

    /// The member and the closing brace of its object, with a comma before it unless it is the
    /// object's only one.
    pub(super) fn closing(&self, version: Version, is_only: bool) -> Bytes {
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(version.get());
        let head = &self.head[usize::from(is_only)..];
        let mut bytes = Vec::with_capacity(head.len() + digits.len() + 1);
        bytes.extend_from_slice(head);
        bytes.extend_from_slice(digits.as_bytes());
        bytes.push(b'}');
        bytes.into()
    }

    /// What the member adds to an object that has others.
    pub(super) fn added(&self, version: Version) -> u64 {
        let digits = itoa::Buffer::new().format(version.get()).len();
        (self.head.len() + digits) as u64
    }
}

impl Default for Member {
    fn default() -> Self {
        Self::new("version")
    }
}
