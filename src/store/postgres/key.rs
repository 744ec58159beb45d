use sha2::{Digest as _, Sha256};

/// A key as the ledger stores it.
///
/// A row of a B-tree holds no more than some 2700 bytes, so of a long key only the beginning, for
/// people who look into the table, and the SHA-256 are kept. That form is longer than any key that
/// is stored as it is, so none of these can be taken for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct StoredKey(Box<[u8]>);

const LONGEST: usize = 1024;
const DIGEST: usize = 32;

impl StoredKey {
    pub(super) fn new(key: &[u8]) -> Self {
        if key.len() <= LONGEST {
            return Self(key.into());
        }
        let mut stored = key[..=LONGEST - DIGEST].to_vec();
        stored.extend_from_slice(&Sha256::digest(key));
        Self(stored.into())
    }

    /// Whether a key that is stored as these bytes is these bytes.
    #[cfg(feature = "cached")]
    pub(super) fn is_whole(stored: &[u8]) -> bool {
        stored.len() <= LONGEST
    }

    /// A key as it was read from the ledger.
    pub(super) fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn into_bytes(self) -> Box<[u8]> {
        self.0
    }

    /// The SHA-256 of the key itself, in either form.
    pub(super) fn digest(&self) -> [u8; DIGEST] {
        match self.0.last_chunk() {
            Some(digest) if self.0.len() > LONGEST => *digest,
            _ => Sha256::digest(&self.0).into(),
        }
    }

    /// The key's part of the number of its advisory lock: the other part is the table's. Two keys
    /// that share a number only wait for each other.
    pub(super) fn lock(&self) -> i64 {
        let mut number = [0; 8];
        number.copy_from_slice(&self.digest()[..8]);
        i64::from_be_bytes(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_key_is_stored_in_a_form_that_no_short_key_has() {
        let short = StoredKey::new(&[7; 1024]);
        let long = StoredKey::new(&[7; 1025]);
        assert_eq!(short.as_bytes().len(), 1024);
        assert_eq!(long.as_bytes().len(), 1025);
        assert_ne!(StoredKey::new(long.as_bytes()), long);
    }

    #[test]
    fn long_keys_with_the_same_beginning_are_told_apart() {
        let mut other = vec![7; 8192];
        other[8191] = 8;
        assert_ne!(StoredKey::new(&[7; 8192]), StoredKey::new(&other));
    }

    #[test]
    fn the_digest_is_the_keys_own_in_both_forms() {
        for key in [&b""[..], &[7; 1024], &[7; 8192]] {
            let stored = StoredKey::new(key);
            assert_eq!(stored.digest()[..], Sha256::digest(key)[..]);
            let read = StoredKey::from_stored(stored.as_bytes().to_vec());
            assert_eq!(read.digest(), stored.digest());
        }
    }
}
