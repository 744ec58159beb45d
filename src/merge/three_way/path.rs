//! The paths of arrays that are merged by key.

/// A text that is no JSON Pointer (RFC 6901).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.kind.reason())]
pub struct InvalidPath {
    kind: InvalidPathKind,
}

/// What was wrong with an [`InvalidPath`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPathKind {
    /// Neither empty nor with a `/` in front.
    NoSlash,
    /// A `~` that is not part of `~0` or `~1`.
    Escape,
}

impl InvalidPath {
    /// What was wrong.
    #[must_use]
    pub const fn kind(&self) -> InvalidPathKind {
        self.kind
    }
}

impl InvalidPathKind {
    const fn reason(self) -> &'static str {
        match self {
            Self::NoSlash => "a JSON Pointer is empty or starts with a slash",
            Self::Escape => "in a JSON Pointer ~ stands in ~0 and ~1 alone",
        }
    }
}

/// Which member tells the elements of the arrays at a path apart.
#[derive(Clone, Debug)]
pub(super) struct ArrayKey {
    steps: Vec<Step>,
    member: String,
}

#[derive(Clone, Debug)]
enum Step {
    /// `*`: any member, any element.
    Any,
    Member(String),
}

impl ArrayKey {
    pub(super) fn new(path: &str, member: String) -> Result<Self, InvalidPath> {
        let steps = match path.strip_prefix('/') {
            Some(tokens) => tokens.split('/').map(step).collect::<Result<_, _>>()?,
            None if path.is_empty() => Vec::new(),
            None => {
                let kind = InvalidPathKind::NoSlash;
                return Err(InvalidPath { kind });
            }
        };
        Ok(Self { steps, member })
    }
}

fn step(token: &str) -> Result<Step, InvalidPath> {
    if token == "*" {
        return Ok(Step::Any);
    }
    let mut pieces = token.split('~');
    let mut name = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        // RFC 6901 §3: ~0 is a tilde, ~1 a slash.
        let rest = match (piece.strip_prefix('0'), piece.strip_prefix('1')) {
            (Some(rest), _) => {
                name.push('~');
                rest
            }
            (_, Some(rest)) => {
                name.push('/');
                rest
            }
            _ => {
                let kind = InvalidPathKind::Escape;
                return Err(InvalidPath { kind });
            }
        };
        name.push_str(rest);
    }
    Ok(Step::Member(name))
}

/// The keys whose paths go on from one place of the document.
#[derive(Default)]
pub(super) struct Ahead<'k>(Vec<(&'k [Step], &'k str)>);

impl<'k> Ahead<'k> {
    pub(super) fn new(keys: &'k [ArrayKey]) -> Self {
        let start = |key: &'k ArrayKey| (&key.steps[..], &key.member[..]);
        Self(keys.iter().map(start).collect())
    }

    /// The member that tells the elements of this place apart, if it is an array with one.
    pub(super) fn member(&self) -> Option<&'k str> {
        let mut here = self.0.iter().rev().filter(|(steps, _)| steps.is_empty());
        here.next().map(|(_, member)| *member)
    }

    /// One step down: into the member of that name, or into any element.
    pub(super) fn below(&self, name: Option<&str>) -> Self {
        let go = |&(steps, member): &(&'k [Step], &'k str)| match steps {
            [Step::Any, rest @ ..] => Some((rest, member)),
            [Step::Member(step), rest @ ..] if Some(&step[..]) == name => Some((rest, member)),
            _ => None,
        };
        Self(self.0.iter().filter_map(go).collect())
    }
}

/// Adds one token to a JSON Pointer.
pub(super) fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            _ => pointer.push(character),
        }
    }
}
