use crate::history::Token;

/// How a history breaks the promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// Two writes replaced the same content: one of them was not seen by the other.
    LostUpdate {
        parent: Option<Token>,
        children: [Token; 2],
    },
    /// A write happened twice.
    TwoParents { token: Token },
    /// The links do not lead to the first write.
    Broken { token: Token },
    /// Somebody saw it, and it is no part of what led to the end.
    Vanished { token: Token },
    /// An acknowledged write left no trace.
    Lost { token: Token },
    /// It was refused, and happened.
    Executed { token: Token },
    /// Nobody has sent it.
    Invented { token: Token },
    /// Two commits have one version.
    DoubleVersion { version: u64, tokens: [Token; 2] },
    /// The version does not rise from write to write.
    Fell { token: Token, version: u64 },
    /// Versions were left out, and no unknown outcome explains it.
    Gap { token: Token, version: u64 },
    /// A conditional write replaced something else than the version that it named.
    WrongBase { token: Token, named: u64 },
    /// A conditional write of a resource, or a deletion, found it deleted and went through.
    Revived { token: Token },
    /// A write for a resource that is absent replaced one that exists.
    Overwrote { token: Token },
    /// A write stands before one that was over when it began.
    OutOfOrder { token: Token },
    /// A read saw less than was known when it began.
    StaleRead { read: u64 },
    /// A tag is older than one that was known when the request began.
    StaleLabel { version: u64 },
    /// A tag is newer than the content that it labels.
    LabelTooNew { version: u64 },
    /// A deleted resource was read, or one that exists was not found.
    WrongState { read: u64 },
    /// No order of the operations between these times explains their answers.
    NotLinearizable { key: u32, times: [u64; 2] },
}
