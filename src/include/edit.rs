//! What becomes of a body's frames: which pass, what is held back, what is put between.

use std::{collections::VecDeque, mem};

use bytes::Bytes;
use http::HeaderMap;

use crate::version::Version;

use super::{
    content::drop_digests,
    item_versions::ItemVersions,
    member::Member,
    scan::{Found, ItemScan, ObjectScan, TRAILING_SPACE, is_space},
};

/// A body under way. Frames go in, pieces of them and the member come out.
#[derive(Debug)]
pub(super) struct Edit {
    stage: Stage,
    ready: VecDeque<Bytes>,
    has_changed: bool,
}

#[derive(Debug)]
enum Stage {
    /// All that is left stays as it is.
    Pass,
    Object {
        scan: ObjectScan,
        member: Member,
        version: Version,
    },
    /// The object has closed. Whether the member goes in shows when nothing follows.
    Closed(Closed),
    Items {
        scan: Box<ItemScan>,
        member: Member,
        versions: ItemVersions,
        /// What is still to be scanned of the last frame.
        rest: Bytes,
    },
}

#[derive(Debug)]
struct Closed {
    /// The member and the brace.
    closing: Bytes,
    /// The brace, and what stood behind it in its frame.
    held: Bytes,
    /// White space of later frames, copied: slices would keep their frames in memory.
    space: Vec<u8>,
}

impl Edit {
    pub(super) fn object(member: &Member, version: Version) -> Self {
        Self::new(Stage::Object {
            scan: ObjectScan::new(member.name.clone()),
            member: member.clone(),
            version,
        })
    }

    pub(super) fn items(member: &Member, versions: ItemVersions) -> Self {
        Self::new(Stage::Items {
            scan: Box::new(versions.scan(member)),
            member: member.clone(),
            versions,
            rest: Bytes::new(),
        })
    }

    fn new(stage: Stage) -> Self {
        Self {
            stage,
            ready: VecDeque::new(),
            has_changed: false,
        }
    }

    /// Takes the body's next frame, once there is no [`piece`](Self::piece) left of the last one.
    pub(super) fn feed(&mut self, mut frame: Bytes) {
        match &mut self.stage {
            Stage::Pass => self.push(frame),
            Stage::Items { rest, .. } => *rest = frame,
            Stage::Object {
                scan,
                member,
                version,
            } => match scan.scan(&frame) {
                Found::Nothing => self.push(frame),
                Found::Over => {
                    self.stage = Stage::Pass;
                    self.push(frame);
                }
                Found::Brace(at) => {
                    let closing = member.closing(*version, scan.is_empty());
                    let held = frame.split_off(at);
                    self.push(frame);
                    if is_trailing_space(0, &held[1..]) {
                        let space = Vec::new();
                        self.stage = Stage::Closed(Closed {
                            closing,
                            held,
                            space,
                        });
                    } else {
                        self.stage = Stage::Pass;
                        self.push(held);
                    }
                }
            },
            Stage::Closed(closed) => {
                let before = closed.held.len() - 1 + closed.space.len();
                if is_trailing_space(before, &frame) {
                    closed.space.extend_from_slice(&frame);
                } else {
                    self.give_back();
                    self.push(frame);
                }
            }
        }
    }

    /// The body has ended: nothing follows what was held back.
    pub(super) fn finish(&mut self) {
        match mem::replace(&mut self.stage, Stage::Pass) {
            Stage::Pass | Stage::Object { .. } => {}
            Stage::Closed(closed) => {
                self.has_changed = true;
                self.push(closed.closing);
                self.push(closed.held.slice(1..));
                self.push(closed.space.into());
            }
            // Its last frame may not have been scanned yet.
            items @ Stage::Items { .. } => self.stage = items,
        }
    }

    /// The body has failed: what was held back never leaves, so that what was cut short doesn't
    /// look whole.
    pub(super) fn abandon(&mut self) {
        self.stage = Stage::Pass;
    }

    /// What goes out next; `None` until there is another frame.
    pub(super) fn piece(&mut self) -> Option<Bytes> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Some(piece);
            }
            let Stage::Items {
                scan,
                member,
                versions,
                rest,
            } = &mut self.stage
            else {
                return None;
            };
            if rest.is_empty() {
                return None;
            }
            let found = scan.scan(rest);
            let mut pieces = [mem::take(rest), Bytes::new()];
            if let Found::Brace(at) = found {
                *rest = pieces[0].split_off(at + 1);
                if let Some(version) = scan.id().and_then(|id| versions.of(id)) {
                    pieces[0].truncate(at);
                    pieces[1] = member.closing(version, false);
                    self.has_changed = true;
                }
            } else if found == Found::Over {
                self.stage = Stage::Pass;
            }
            for piece in pieces {
                self.push(piece);
            }
        }
    }

    /// Takes out of the trailers what does not hold any more.
    pub(super) fn correct(&self, trailers: &mut HeaderMap) {
        if self.has_changed {
            drop_digests(trailers);
        }
    }

    /// How many bytes are here that have not gone out.
    pub(super) fn pending(&self) -> u64 {
        let here = match &self.stage {
            Stage::Pass | Stage::Object { .. } => 0,
            Stage::Closed(closed) => closed.held.len() + closed.space.len(),
            Stage::Items { rest, .. } => rest.len(),
        };
        (here + self.ready.iter().map(Bytes::len).sum::<usize>()) as u64
    }

    /// The most bytes that may yet be put in; `None` if that depends on what comes.
    pub(super) fn most_added(&self) -> Option<u64> {
        match &self.stage {
            Stage::Pass => Some(0),
            Stage::Object {
                member, version, ..
            } => Some(member.added(*version)),
            Stage::Closed(closed) => Some(closed.closing.len() as u64 - 1),
            Stage::Items { .. } => None,
        }
    }

    fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.ready.push_back(piece);
        }
    }

    fn give_back(&mut self) {
        if let Stage::Closed(closed) = mem::replace(&mut self.stage, Stage::Pass) {
            self.push(closed.held);
            self.push(closed.space.into());
        }
    }
}

/// Whether `more`, `before` bytes of white space behind an object, leaves it one.
fn is_trailing_space(before: usize, more: &[u8]) -> bool {
    before + more.len() <= TRAILING_SPACE && more.iter().all(|&byte| is_space(byte))
}
