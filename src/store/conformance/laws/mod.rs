//! The laws, by subject.

mod adoption;
mod cancelled;
mod elsewhere;
mod held;
mod keys;
mod lost;
mod past;
mod permits;
mod races;
mod raised;
mod recorded;
mod released;
mod versions;

use super::{
    Law,
    poll::Local,
    trial::{Trial, Verdict},
};

pub(super) use past::Past;

/// Tries one law; `None` for those that need a step in between, see [`past`].
pub(super) fn judge(trial: Trial<'_>) -> Option<Local<'_, Verdict>> {
    Some(match trial.law {
        Law::NextVersion => Box::pin(versions::next_version(trial)),
        Law::CreatedAgain => Box::pin(versions::created_again(trial)),
        Law::ReadYourCommit => Box::pin(versions::read_your_commit(trial)),
        Law::DeletedIsMissing => Box::pin(versions::deleted_is_missing(trial)),
        Law::Distinct => Box::pin(races::distinct(trial)),
        Law::OneWinner => Box::pin(races::one_winner(trial)),
        Law::ChangedBase => Box::pin(races::changed_base(trial)),
        Law::Refused => Box::pin(permits::refused(trial)),
        Law::LookUps => Box::pin(versions::look_ups(trial)),
        Law::NeverSeen => Box::pin(adoption::never_seen(trial)),
        Law::AdoptNeverSeen => Box::pin(adoption::adopt_never_seen(trial)),
        Law::AdoptKnown => Box::pin(adoption::adopt_known(trial)),
        Law::AdoptUnknown => Box::pin(adoption::adopt_unknown(trial)),
        Law::StrangeKeys => Box::pin(keys::strange_keys(trial)),
        Law::ManyKeys => Box::pin(keys::many_keys(trial)),
        Law::Exclusive => Box::pin(held::exclusive(trial)),
        Law::Fair => Box::pin(held::fair(trial)),
        Law::BoundedWaiters => Box::pin(held::bounded_waiters(trial)),
        Law::OtherKeys => Box::pin(held::other_keys(trial)),
        Law::ReadersGoOn => Box::pin(held::readers_go_on(trial)),
        Law::Release => Box::pin(released::release(trial)),
        Law::ReleaseNeverSeen => Box::pin(released::release_never_seen(trial)),
        Law::DroppedUnarmed => Box::pin(released::dropped_unarmed(trial)),
        Law::RolledBack => Box::pin(released::rolled_back(trial)),
        Law::DroppedArmed => Box::pin(lost::dropped_armed(trial)),
        Law::LostVersion => Box::pin(lost::lost_version(trial)),
        Law::Raise => Box::pin(raised::raise(trial)),
        Law::RaiseWhileHeld => Box::pin(raised::raise_while_held(trial)),
        Law::Affects => Box::pin(raised::affects(trial)),
        Law::OwnVersion => Box::pin(recorded::own_version(trial)),
        Law::MadeBy => Box::pin(recorded::made_by(trial)),
        Law::EndOfCounter => Box::pin(recorded::end_of_counter(trial)),
        Law::CancelledWrite => Box::pin(cancelled::write(trial)),
        Law::CancelledBegin => Box::pin(cancelled::begin(trial)),
        Law::CancelledArm => Box::pin(cancelled::arm(trial)),
        Law::CancelledCommit => Box::pin(cancelled::commit(trial)),
        Law::CancelledRelease => Box::pin(cancelled::release(trial)),
        Law::ReadElsewhere => Box::pin(elsewhere::read(trial)),
        Law::OneWinnerElsewhere => Box::pin(elsewhere::one_winner(trial)),
        Law::ExclusiveElsewhere => Box::pin(elsewhere::exclusive(trial)),
        Law::OrphanedElsewhere => Box::pin(elsewhere::orphaned(trial)),
        Law::DroppedTombstones | Law::Restart | Law::Orphaned => return None,
    })
}
