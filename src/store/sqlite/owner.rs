//! Which store has written an intent, and whether it is still there.
//!
//! Each store that writes intents holds an exclusive lock on a file of its own in the folder
//! `<database>-guards`. The operating system lets go of it when the process ends, however it
//! ends, so a file that is missing or can be locked has a dead owner: no clock is asked.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::token::{OwnerId, Token};

/// What became of the guard that has written an intent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It is there, or may be.
    Alive,
    /// It is gone, and its handler has changed nothing.
    Harmless,
    /// It is gone, and what its handler has changed is unknown.
    Lost,
}

/// A guard that was dropped, until its intent is out of the ledger.
#[derive(Clone)]
pub(super) struct Lost {
    pub(super) key: Box<[u8]>,
    pub(super) has_effects: bool,
}

/// This store, as the others see it.
pub(super) struct Owner {
    id: OwnerId,
    folder: PathBuf,
    /// Locked. None where no intents are written.
    file: Option<File>,
    last: AtomicU64,
    guards: Mutex<Guards>,
}

#[derive(Default)]
struct Guards {
    alive: HashSet<u64>,
    lost: HashMap<u64, Lost>,
}

impl Owner {
    /// An owner whose intents, if it may write any, live as long as it does. `folder` is where all
    /// stores of this database have their lock files.
    pub(super) fn new(folder: PathBuf, writes_intents: bool) -> io::Result<Self> {
        let (id, file) = if writes_intents {
            fs::create_dir_all(&folder)?;
            remove_dead(&folder)?;
            let (id, file) = enter(&folder)?;
            (id, Some(file))
        } else {
            (OwnerId::random(), None)
        };
        Ok(Self {
            id,
            folder,
            file,
            last: AtomicU64::new(0),
            guards: Mutex::default(),
        })
    }

    /// A token that nobody had before, alive from now on.
    pub(super) fn enlist(&self) -> Token {
        let number = self.last.fetch_add(1, Ordering::Relaxed);
        self.guards().alive.insert(number);
        Token {
            owner: self.id,
            number,
        }
    }

    /// The guard's intent is out of the ledger, or was never in it.
    pub(super) fn discharge(&self, token: Token) {
        let mut guards = self.guards();
        guards.alive.remove(&token.number);
        guards.lost.remove(&token.number);
    }

    /// The guard is gone, and its intent may be in the ledger.
    pub(super) fn lose(&self, token: Token, lost: Lost) {
        let mut guards = self.guards();
        guards.alive.remove(&token.number);
        guards.lost.insert(token.number, lost);
    }

    /// Some guards whose intents may still be in the ledger.
    pub(super) fn lost(&self, limit: usize) -> Vec<(Token, Lost)> {
        let of = |(number, lost): (&u64, &Lost)| {
            let token = Token {
                owner: self.id,
                number: *number,
            };
            (token, lost.clone())
        };
        self.guards().lost.iter().take(limit).map(of).collect()
    }

    pub(super) fn has_lost(&self) -> bool {
        !self.guards().lost.is_empty()
    }

    /// What became of the guard with this token.
    ///
    /// # Errors
    /// Its lock file could not be looked at.
    pub(super) fn fate(&self, token: Token) -> io::Result<Fate> {
        if token.owner == self.id {
            let guards = self.guards();
            return Ok(match guards.lost.get(&token.number) {
                _ if guards.alive.contains(&token.number) => Fate::Alive,
                Some(lost) if !lost.has_effects => Fate::Harmless,
                _ => Fate::Lost,
            });
        }
        Ok(
            match lock_existing(&self.folder.join(token.owner.file_name()))? {
                Lock::Held => Fate::Alive,
                Lock::Free(_) | Lock::NoFile => Fate::Lost,
            },
        )
    }

    fn guards(&self) -> MutexGuard<'_, Guards> {
        // Nothing panics half-way through a change.
        self.guards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        if self.file.is_some() {
            // A file that stays is unlocked all the same, and the next store removes it.
            let _ = fs::remove_file(self.folder.join(self.id.file_name()));
        }
    }
}

/// Makes a locked file with a new name. Under its final name it was never unlocked, so nobody who
/// knows the id by an intent takes its owner for dead.
fn enter(folder: &Path) -> io::Result<(OwnerId, File)> {
    loop {
        let id = OwnerId::random();
        let name = folder.join(id.file_name());
        let new = name.with_extension("new");
        let file = File::create_new(&new)?;
        let renamed = match file.try_lock() {
            Ok(()) => fs::rename(&new, &name),
            // Another store takes it for one that was left behind, and removes it.
            Err(TryLockError::WouldBlock) => continue,
            Err(TryLockError::Error(error)) => Err(error),
        };
        match renamed {
            Ok(()) => return Ok((id, file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder.is_dir() => {}
            Err(error) => {
                let _ = fs::remove_file(&new);
                return Err(error);
            }
        }
    }
}

/// Removes the files of stores that are gone.
fn remove_dead(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !OwnerId::is_file_name(&entry.file_name()) {
            continue;
        }
        if let Lock::Free(file) = lock_existing(&entry.path())? {
            // While it is locked: nobody can begin to live under this name.
            let _ = fs::remove_file(entry.path());
            drop(file);
        }
    }
    Ok(())
}

enum Lock {
    Held,
    Free(File),
    NoFile,
}

fn lock_existing(path: &Path) -> io::Result<Lock> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Lock::NoFile),
        Err(error) => return Err(error),
    };
    // Shared, so that two that look at a dead owner's file don't take each other for it.
    match file.try_lock_shared() {
        Ok(()) => Ok(Lock::Free(file)),
        Err(TryLockError::WouldBlock) => Ok(Lock::Held),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
