//! Who did something: a store among all that ever opened the file, and one of its guards.

use std::{
    collections::hash_map::RandomState, ffi::OsStr, fmt::Write, hash::BuildHasher, process,
    time::SystemTime,
};

/// A store: never two with the same, in any process.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct OwnerId([u8; 16]);

impl OwnerId {
    /// A new one. The hash's keys come from the operating system's random numbers; time and
    /// process tell apart what would share them after a fork.
    pub(super) fn random() -> Self {
        let mut id = [0; 16];
        for half in id.chunks_exact_mut(8) {
            let number = RandomState::new().hash_one((process::id(), SystemTime::now()));
            half.copy_from_slice(&number.to_be_bytes());
        }
        Self(id)
    }

    /// The name of its lock file.
    pub(super) fn file_name(self) -> String {
        let mut name = String::with_capacity(32);
        for byte in self.0 {
            // Writing to a string cannot fail.
            let _ = write!(name, "{byte:02x}");
        }
        name
    }

    /// Whether a file of this name is, or was going to be, some owner's.
    pub(super) fn is_file_name(name: &OsStr) -> bool {
        let name = name.as_encoded_bytes();
        let name = name.strip_suffix(b".new").unwrap_or(name);
        name.len() == 32 && name.iter().all(u8::is_ascii_hexdigit)
    }
}

/// A guard of a store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) owner: OwnerId,
    pub(super) number: u64,
}

impl Token {
    pub(super) fn to_bytes(self) -> Vec<u8> {
        [&self.owner.0[..], &self.number.to_be_bytes()].concat()
    }

    /// `None` for what no store has written.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (owner, number) = bytes.split_first_chunk()?;
        Some(Self {
            owner: OwnerId(*owner),
            number: u64::from_be_bytes(number.try_into().ok()?),
        })
    }
}
