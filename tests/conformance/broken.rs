//! For each law, a store that breaks it and no other.

use std::{collections::BTreeSet, fmt, thread, time::Duration};

use tower_conditional::store::conformance::{self, Law, Outcome, Report, Suite, keys};

use crate::{
    reference::{self, Defect},
    rows::{Mistake, Rows},
    support::block_on,
};

/// The guarded stores.
const DEFECTS: &[(Defect, Law)] = &[
    (Defect::RisesByTwo, Law::NextVersion),
    (Defect::CreatesAgainFromTheStart, Law::CreatedAgain),
    (Defect::ReadsWhatWasBefore, Law::ReadYourCommit),
    (Defect::TellsAtOnceWhatWasBefore, Law::LookUps),
    (Defect::TellsWritersAtOnceWhatWasBefore, Law::LookUps),
    (Defect::CallsTheUnseenMissing, Law::NeverSeen),
    (Defect::CallsTheDeletedUnknown, Law::DeletedIsMissing),
    (Defect::AdoptsOneTooHigh, Law::AdoptNeverSeen),
    (Defect::AdoptionRaises, Law::AdoptKnown),
    (Defect::AdoptionRevives, Law::AdoptKnown),
    (Defect::CutsKeys, Law::StrangeKeys),
    (Defect::EndsKeysAtNul, Law::StrangeKeys),
    (Defect::FoldsCase, Law::StrangeKeys),
    (Defect::DecodesKeys, Law::StrangeKeys),
    (Defect::TrimsKeys, Law::StrangeKeys),
    (Defect::GrantsASecondGuard, Law::Exclusive),
    (Defect::LastComeFirstServed, Law::Fair),
    (Defect::LetsEverybodyWait, Law::BoundedWaiters),
    (Defect::LocksTheStore, Law::OtherKeys),
    (Defect::ReadersWait, Law::ReadersGoOn),
    (Defect::ReadersSeeIntents, Law::ReadersGoOn),
    (Defect::ReleaseRaises, Law::Release),
    (Defect::ReleaseMakesMissing, Law::ReleaseNeverSeen),
    (Defect::UnarmedDropIsLost, Law::DroppedUnarmed),
    (Defect::ReadersMissTheLoss, Law::DroppedArmed),
    (Defect::LostVersionComesBack, Law::LostVersion),
    (Defect::AdoptsWhatWasIssued, Law::AdoptUnknown),
    (Defect::RaiseOnlyWrites, Law::Raise),
    (Defect::RaiseWaits, Law::RaiseWhileHeld),
    (Defect::CommitsWhatItBeganFor, Law::RaiseWhileHeld),
    (Defect::LeavesTheAffected, Law::Affects),
    (Defect::IgnoresOwnVersions, Law::OwnVersion),
    (Defect::TakesAnyOwnVersion, Law::OwnVersion),
    (Defect::RemembersRequestsForEver, Law::MadeBy),
    (Defect::RemembersRequestsAcrossRaises, Law::MadeBy),
    (Defect::CancelledWaitKeepsItsTurn, Law::CancelledBegin),
    (Defect::CancelledArmKeepsItsTurn, Law::CancelledArm),
    (Defect::CancelledCommitIsForgotten, Law::CancelledCommit),
    (Defect::CancelledReleaseKeepsItsTurn, Law::CancelledRelease),
    (Defect::WrapsAround, Law::EndOfCounter),
    (Defect::ReadsOthersLate, Law::ReadElsewhere),
    (
        Defect::GuardsShowWhatOthersHadBefore,
        Law::OneWinnerElsewhere,
    ),
    (Defect::GrantsWhatOthersHold, Law::ExclusiveElsewhere),
    (Defect::HidesLossFromOthers, Law::OrphanedElsewhere),
    (Defect::EvictsKeys, Law::ManyKeys),
    (Defect::DropsTombstonesWithoutFloor, Law::DroppedTombstones),
    (Defect::RestartForgetsDeletions, Law::Restart),
    (Defect::RestartForgetsLosses, Law::Orphaned),
];

/// The rows that are changed by compare-and-set.
const MISTAKES: &[(Mistake, Law)] = &[
    (Mistake::RisesByTwo, Law::NextVersion),
    (Mistake::ForgetsDeletedVersions, Law::CreatedAgain),
    (Mistake::ReadsAheadWithoutCondition, Law::Distinct),
    (Mistake::ChecksAheadOfConditionalWriters, Law::OneWinner),
    (Mistake::ChecksAheadOfOtherWriters, Law::ChangedBase),
    (Mistake::CreatesWhatOthersWrote, Law::Refused),
    (Mistake::KeepsTheLockWhenCancelled, Law::CancelledWrite),
];

fn run<S>(suite: Suite<'_, S>) -> Report {
    let suite = suite
        .many_keys(2500)
        .time_limit(Duration::from_secs(4))
        .settle_time(Duration::from_millis(20));
    block_on(suite.run())
}

/// What a table says wrongly, with the reports.
fn wrong<D: fmt::Debug + Sync>(
    table: &[(D, Law)],
    report_on: impl Fn(&D) -> Report + Sync,
) -> String {
    let judge = |(defect, law): &(D, Law)| {
        let report = report_on(defect);
        let broken: Vec<Law> = report.broken().collect();
        let is_wrong = broken != [*law];
        is_wrong.then(|| format!("{defect:?} breaks {broken:?}:\n{report}"))
    };
    // Half of the time is spent waiting.
    let share = table.len().div_ceil(4);
    thread::scope(|scope| {
        let judge_all = |some: &[_]| some.iter().filter_map(judge).collect::<String>();
        let shares = table.chunks(share);
        let threads: Vec<_> = shares
            .map(|some| scope.spawn(move || judge_all(some)))
            .collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    })
}

#[test]
fn a_store_with_one_defect_breaks_the_law_that_names_it_and_no_other() {
    let wrong = wrong(DEFECTS, |defect| run(reference::suite(Some(*defect))));
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn rows_with_one_mistake_break_the_law_that_names_it_and_no_other() {
    let wrong = wrong(MISTAKES, |mistake| {
        run(conformance::compare_and_set(
            Rows::with(*mistake),
            keys::bytes,
        ))
    });
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_store_that_loses_what_it_says_it_rolls_back_breaks_the_law_of_that_and_no_other() {
    let report = run(reference::suite(None).rolls_back());
    let broken: Vec<Law> = report.broken().collect();
    assert_eq!(broken, [Law::RolledBack], "{report}");
}

#[test]
fn a_step_that_drops_no_tombstones_does_not_pass_for_one_that_does() {
    let suite = reference::suite(None).drop_tombstones(async |store| store);
    let broken: Vec<Law> = run(suite).broken().collect();
    assert_eq!(broken, [Law::DroppedTombstones]);
}

#[test]
fn each_law_has_a_store_that_breaks_it() {
    let by_guards = DEFECTS.iter().map(|(_, law)| *law);
    let broken: BTreeSet<Law> = by_guards
        .chain(MISTAKES.iter().map(|(_, law)| *law))
        .collect();
    let mut all: BTreeSet<Law> = Law::ALL.iter().copied().collect();
    // It takes an option, and has a test above.
    all.remove(&Law::RolledBack);
    assert_eq!(broken, all);
}

#[test]
fn a_broken_store_fails_its_test_by_the_sentence_of_the_law() {
    let report = run(reference::suite(Some(Defect::LastComeFirstServed)));
    let text = report.to_string();
    assert!(text.contains(&Law::Fair.to_string()), "{text}");
    let broken = report
        .outcomes()
        .find(|(law, _)| *law == Law::Fair)
        .unwrap();
    assert!(matches!(broken.1, Outcome::Broken(seen) if text.contains(seen)));
    let panicked = std::panic::catch_unwind(|| report.assert()).unwrap_err();
    let message = panicked.downcast_ref::<String>().unwrap();
    assert!(
        message.contains("1 of the laws of stores are broken"),
        "{message}"
    );
}
