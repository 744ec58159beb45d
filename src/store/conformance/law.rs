use std::fmt;

macro_rules! laws {
    ($($(#[$section:meta])* $law:ident => $sentence:literal,)*) => {
        /// A law of stores, named. Its [`Display`](fmt::Display) form is the sentence beside it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Law {
            $(#[doc = concat!("*", $sentence, ".*")] $(#[$section])* $law,)*
        }

        impl Law {
            /// All of them, in the order in which they are judged.
            pub const ALL: &'static [Self] = &[$(Self::$law,)*];

            const fn sentence(self) -> &'static str {
                match self {
                    $(Self::$law => $sentence,)*
                }
            }
        }
    };
}

laws! {
    NextVersion => "a commit makes the version that follows the last one",
    CreatedAgain => "what is created again has a version above all that its key had",
    Distinct => "no two commits of a key have one version",
    OneWinner => "of writers that start from one version exactly one commits",
    ChangedBase => "no conditional write commits on a base that an unconditional one has changed",
    Refused => "a write under a permit that does not hold changes nothing",
    ReadYourCommit => "after a commit has returned, no look-up answers with an older version",
    LookUps => "all look-ups of a key that nobody writes agree, waited for or not",
    NeverSeen => "a key that was never seen is not known",
    DeletedIsMissing => "a key that was deleted is missing",
    AdoptNeverSeen => "a key that was never seen is adopted under its first version",
    AdoptKnown => "adopting changes nothing of a key that is present or missing",
    StrangeKeys => "keys are told apart by all of their bytes, whatever these are",
    CancelledWrite => "a write that is dropped at any await leaves its key in order",

    /// For stores with guards, as all that follow up to [`EndOfCounter`](Self::EndOfCounter).
    Exclusive => "no second guard of a key is granted while one is held",
    Fair => "guards are granted in the order in which they were asked for",
    BoundedWaiters => "no more than a bounded number of writers waits for a key",
    OtherKeys => "a guard that is held blocks no other key",
    ReadersGoOn => "look-ups wait for no guard, and see what was current before it",
    Release => "a release raises nothing",
    ReleaseNeverSeen => "a release leaves a key that was never seen unseen",
    DroppedUnarmed => "a guard that is dropped before it was armed has changed nothing",
    DroppedArmed => "a guard that is dropped when armed leaves its key unknown",
    LostVersion => "after a lost guard the next version is above the one it would have made",
    /// With [`Suite::rolls_back`](super::Suite::rolls_back), in place of the laws of what is lost.
    RolledBack => "a guard that is dropped when armed has changed nothing",
    AdoptUnknown => "what is unknown is adopted under a version that was never issued",
    Raise => "a raise leaves what its effect says, above all that the key had",
    RaiseWhileHeld => "a raise waits for no guard, and the guard commits above it",
    Affects => "what a write affects besides changes with its commit",
    OwnVersion => "a version that the handler has made is the key's if above all it had",
    MadeBy => "the request that made a version is told as long as the version is current",
    CancelledBegin => "a wait for a guard that is dropped at any await passes the turn on",
    CancelledArm => "an arming that is dropped at any await leaves its key in order",
    CancelledCommit => "a commit that is dropped at any await is done or unknown",
    CancelledRelease => "a release that is dropped at any await is done or unknown",
    /// With [`Suite::last_version`](super::Suite::last_version).
    EndOfCounter => "at the end of the counter a write is refused, and nothing wraps",

    /// With [`Suite::second_instance`](super::Suite::second_instance), as the three that follow.
    ReadElsewhere => "another instance answers with no older version after a commit",
    OneWinnerElsewhere => "of writers on two instances that start from one version one commits",
    ExclusiveElsewhere => "no guard is granted while another instance holds one of the key",
    OrphanedElsewhere => "a lost guard leaves its key unknown to other instances",

    ManyKeys => "each key has versions of its own, however many there are",

    /// With [`Suite::drop_tombstones`](super::Suite::drop_tombstones).
    DroppedTombstones => "no version comes back when the memory of a deletion is dropped",
    /// With [`Suite::reopen`](super::Suite::reopen), as the one that follows.
    Restart => "no version comes back after a restart",
    Orphaned => "a guard that was lost before a restart leaves its key unknown after it",
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}
