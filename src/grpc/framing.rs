//! Length-Prefixed-Message: a byte that says whether it is compressed, four of length, content.

const PREFIX: usize = 5;

/// What the bytes of a call are, so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Messages {
    /// None, or not all of the first.
    Partial,
    One,
    /// One, and at least a part of another.
    Several,
    /// What no message begins with.
    Malformed,
}

impl Messages {
    pub(crate) fn of(content: &[u8]) -> Self {
        let Some((prefix, message)) = content.split_first_chunk::<PREFIX>() else {
            return match content.first() {
                None | Some(0 | 1) => Self::Partial,
                Some(_) => Self::Malformed,
            };
        };
        let [compressed, length @ ..] = *prefix;
        if compressed > 1 {
            return Self::Malformed;
        }
        match u64::from(u32::from_be_bytes(length)).cmp(&(message.len() as u64)) {
            std::cmp::Ordering::Greater => Self::Partial,
            std::cmp::Ordering::Equal => Self::One,
            std::cmp::Ordering::Less => Self::Several,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_by_their_prefix() {
        let table: [(&[u8], Messages); 11] = [
            (b"", Messages::Partial),
            (b"\0", Messages::Partial),
            (b"\x01\0\0\0", Messages::Partial),
            (b"\0\0\0\0\0", Messages::One),
            (b"\x01\0\0\0\x02ab", Messages::One),
            (b"\0\0\0\0\x02a", Messages::Partial),
            (b"\0\xff\xff\xff\xffa", Messages::Partial),
            (b"\0\0\0\0\0\0", Messages::Several),
            (b"\0\0\0\0\x02abc", Messages::Several),
            (b"\x02", Messages::Malformed),
            (b"PUT /", Messages::Malformed),
        ];
        for (content, messages) in table {
            assert_eq!(Messages::of(content), messages, "{content:?}");
        }
    }
}
