//! The canonical form while it is made: what is spelled canonically already is copied in runs.

use std::borrow::Cow;

/// The canonical bytes so far: those that are written, and a run of the input that is canonical
/// as it stands and not yet copied. A document that is canonical as a whole is never copied.
pub(super) struct Output<'a> {
    input: &'a [u8],
    written: Vec<u8>,
    /// Where in the input the run starts that is not yet copied.
    run: usize,
}

impl<'a> Output<'a> {
    pub(super) const fn new(input: &'a [u8]) -> Self {
        Self {
            input,
            written: Vec::new(),
            run: 0,
        }
    }

    /// The place in the canonical form that the input's byte `at`, not yet copied, will have.
    #[inline]
    pub(super) fn place_of(&self, at: usize) -> usize {
        self.written.len() + (at - self.run)
    }

    /// Leaves out the input from `from` to `to`.
    #[inline]
    pub(super) fn leave_out(&mut self, from: usize, to: usize) {
        self.write_up_to(from);
        self.run = to;
    }

    /// Puts `text` in the place of the input from `from` to `to`.
    #[inline]
    pub(super) fn replace(&mut self, from: usize, to: usize, text: &[u8]) {
        self.leave_out(from, to);
        self.written.extend_from_slice(text);
    }

    /// Writes all that stands before the input's byte `at`; what is written may be changed in
    /// place as long as its length stays.
    #[inline]
    pub(super) fn write_up_to(&mut self, at: usize) -> &mut [u8] {
        let run = &self.input[self.run..at];
        if !run.is_empty() {
            if self.written.capacity() == 0 {
                // Only numbers grow when they are respelled: this is nearly always enough.
                self.written.reserve_exact(self.input.len());
            }
            self.written.extend_from_slice(run);
            self.run = at;
        }
        &mut self.written
    }

    /// The canonical form of a document that ends before the input's byte `end`.
    pub(super) fn finish(mut self, end: usize) -> Cow<'a, [u8]> {
        if self.written.is_empty() {
            Cow::Borrowed(&self.input[self.run..end])
        } else {
            self.write_up_to(end);
            Cow::Owned(self.written)
        }
    }
}
