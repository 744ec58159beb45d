//! Strings that frames cut in two.

use std::borrow::Cow;

use super::walk::Text;

/// The first part of a string that goes on in the next frame, if it may matter. Never more than
/// `limit` bytes.
#[derive(Debug)]
pub(super) struct CutString {
    limit: usize,
    part: Option<Vec<u8>>,
}

impl CutString {
    /// For strings of at most `limit` bytes; longer ones don't matter.
    pub(super) const fn new(limit: usize) -> Self {
        Self { limit, part: None }
    }

    pub(super) const fn limit(&self) -> usize {
        self.limit
    }

    /// Whether the string that the frame started in may end at `at` or later, and matter.
    pub(super) const fn awaits(&self, at: usize) -> bool {
        self.part.is_some() && at <= self.limit
    }

    /// Keeps what the frame has of a string.
    pub(super) fn keep(&mut self, string: &Text<'_>, matters: bool) {
        let before = self.part.take();
        let mut part = match string.start {
            _ if !matters => return,
            Some(_) => Vec::new(),
            None => match before {
                Some(part) => part,
                None => return,
            },
        };
        if part.len() + string.content().len() <= self.limit {
            part.extend_from_slice(string.content());
            self.part = Some(part);
        }
    }

    /// The whole content of a string that has ended; `None` if it is too long to matter.
    pub(super) fn whole<'a>(&mut self, string: &Text<'a>) -> Option<Cow<'a, [u8]>> {
        let content = string.content();
        let before = self.part.take();
        let whole = if string.start.is_some() {
            Cow::Borrowed(content)
        } else {
            let mut whole = before?;
            if whole.len() + content.len() > self.limit {
                return None;
            }
            whole.extend_from_slice(content);
            Cow::Owned(whole)
        };
        (whole.len() <= self.limit).then_some(whole)
    }
}
