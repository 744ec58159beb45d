//! What the clients of a run have sent and seen.

use std::{fmt, str::FromStr};

/// The content that a write leaves: who wrote it, and on which base. No two writes have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Token {
    pub(crate) writer: u32,
    pub(crate) count: u32,
    /// The version that the write named in If-Match; 0 if it named none.
    pub(crate) base: u64,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.writer, self.count, self.base)
    }
}

impl FromStr for Token {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or_else(|| format!("no token: {text:?}"));
        let number = |error: std::num::ParseIntError| error.to_string();
        Ok(Self {
            writer: part()?.parse().map_err(number)?,
            count: part()?.parse().map_err(number)?,
            base: part()?.parse().map_err(number)?,
        })
    }
}

/// How many tokens a content holds: its own, that which it replaced, and so on. More writes in a
/// row than this without one answer to any of them would break the chain.
pub(crate) const TRAIL: usize = 24;

/// The newest token of a resource first, then those that it replaced, one by one. A deletion is a
/// write as well, and has a token; an empty trail is a resource that nobody has written yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trail(pub(crate) Vec<Token>);

impl Trail {
    pub(crate) fn newest(&self) -> Option<Token> {
        self.0.first().copied()
    }

    /// What a write of `token` leaves where this is found.
    pub(crate) fn then(&self, token: Token) -> Self {
        let older = self.0.iter().copied().take(TRAIL - 1);
        Self(std::iter::once(token).chain(older).collect())
    }
}

impl fmt::Display for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, token) in self.0.iter().enumerate() {
            write!(f, "{}{token}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl FromStr for Trail {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let tokens = text.split_ascii_whitespace().map(Token::from_str);
        tokens.collect::<Result<_, _>>().map(Self)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Unconditional,
    /// `If-Match` with exactly this version.
    Match(u64),
    /// `If-None-Match: *`.
    Absent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Read,
    Put(Token, Condition),
    Delete(Token, Condition),
}

impl Call {
    pub(crate) fn written(self) -> Option<(Token, Condition)> {
        match self {
            Self::Read => None,
            Self::Put(token, condition) | Self::Delete(token, condition) => {
                Some((token, condition))
            }
        }
    }
}

/// Why nothing was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 412.
    Precondition,
    /// 404 of a DELETE.
    Missing,
    /// 503: it says nothing about the resource.
    Busy,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// 200, or 404 with what the deletion has left.
    Read {
        trail: Trail,
        is_live: bool,
        /// The version of the `ETag`.
        label: Option<u64>,
    },
    Written {
        trail: Trail,
        /// The version of the `ETag`; deletions tell none.
        version: Option<u64>,
    },
    Refused(Refusal),
    /// 500, or no answer: it may have happened, may still happen, or never.
    Unknown,
}

/// The end of what has none.
pub(crate) const NEVER: u64 = u64::MAX;

/// One request. The times are of one counter that every invocation and every response raises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) key: u32,
    pub(crate) invoked: u64,
    pub(crate) ended: u64,
    pub(crate) call: Call,
    pub(crate) outcome: Outcome,
    /// Read while nobody else was asking for anything: the history may be cut here.
    pub(crate) is_cut: bool,
    /// The client did not wait for the answer.
    pub(crate) has_left: bool,
}

/// When guards were lost, of whatever resource: the invocations of writes that were given no answer,
/// or whose guard was lost before the handler had done anything.
pub(crate) struct Losses {
    invoked: Vec<u64>,
}

impl Losses {
    pub(crate) fn of(history: &[Operation]) -> Self {
        let lost = history
            .iter()
            .filter(|operation| Self::is_one(operation) && !operation.has_left);
        let mut invoked: Vec<_> = lost.map(|operation| operation.invoked).collect();
        invoked.sort_unstable();
        Self { invoked }
    }

    fn is_one(operation: &Operation) -> bool {
        let has_lost = [Outcome::Unknown, Outcome::Refused(Refusal::Busy)];
        operation.call != Call::Read && has_lost.contains(&operation.outcome)
    }

    /// Whether the write may have left a version out: it is one of these, or the handler found
    /// nothing while others lost their guards. What it is answered does not depend on the release,
    /// and a guard that is lost then raises the version like any other.
    pub(crate) fn may_include(&self, operation: &Operation) -> bool {
        /// As many times as a kill's writes have between the first's invocation and the last's.
        const NEAR: u64 = 100;
        let is_near = || {
            let from = operation.invoked.saturating_sub(NEAR);
            let next = self.invoked.partition_point(|invoked| *invoked < from);
            self.invoked
                .get(next)
                .is_some_and(|it| *it < operation.ended)
        };
        let is_release = operation.outcome == Outcome::Refused(Refusal::Missing);
        Self::is_one(operation) || (is_release && is_near())
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            key,
            invoked,
            ended,
            call,
            outcome,
            is_cut,
            has_left,
        } = self;
        write!(f, "{key} [{invoked}, ")?;
        match ended {
            &NEVER => write!(f, "never)")?,
            ended => write!(f, "{ended}]")?,
        }
        match call {
            Call::Read => write!(f, " read")?,
            Call::Put(token, condition) => write!(f, " put {token} {condition:?}")?,
            Call::Delete(token, condition) => write!(f, " delete {token} {condition:?}")?,
        }
        match outcome {
            Outcome::Read {
                trail,
                is_live,
                label,
            } => write!(f, " -> {label:?} live {is_live}: {trail}")?,
            Outcome::Written { trail, version } => write!(f, " -> {version:?}: {trail}")?,
            Outcome::Refused(refusal) => write!(f, " -> refused: {refusal:?}")?,
            Outcome::Unknown => write!(f, " -> unknown")?,
        }
        match (is_cut, has_left) {
            (true, _) => write!(f, " (cut)"),
            (_, true) => write!(f, " (left)"),
            _ => Ok(()),
        }
    }
}
