//! `PostgresStore` against a real PostgreSQL. Where it is not installed the tests show as ignored; with
//! `REQUIRE_SERVERS` set they fail instead.

mod caches;
mod cancelled;
mod conformance;
mod laws;
mod ledger;
mod orphans;
mod processes;
mod proxy;
mod restarts;
mod server;
mod support;
mod transactions;

use std::{process::ExitCode, sync::Arc};

use libtest_mimic::{Arguments, Trial};
use server::Server;
use tokio::sync::OnceCell;

/// A test that brings its server down: it has one of its own.
macro_rules! own {
    ($($module:ident::$name:ident),* $(,)?) => {
        vec![$(trial(concat!(stringify!($module), "::", stringify!($name)), move || async move {
            $module::$name(&Server::start().await).await;
        })),*]
    };
}

/// A test that brings nothing down: it shares one server with the others, and has a database of its own.
macro_rules! shared {
    ($shared:expr; $($module:ident::$name:ident),* $(,)?) => {
        vec![$({
            let shared = Arc::clone(&$shared);
            trial(concat!(stringify!($module), "::", stringify!($name)), move || async move {
                let server = shared.get_or_init(Server::start).await;
                $module::$name(server).await;
            })
        }),*]
    };
}

fn main() -> ExitCode {
    let shared = Arc::new(OnceCell::new());
    let mut trials = shared![shared;
        caches::what_another_process_commits_empties_a_cache_that_listens,
        caches::a_cache_that_nobody_tells_keeps_to_its_age,
        ledger::migrating_twice_and_concurrently_is_the_same_as_once,
        ledger::any_bytes_are_a_key,
        ledger::names_that_need_quotes_are_quoted,
        ledger::names_that_no_table_can_have_are_refused,
        ledger::without_its_tables_the_store_says_so,
        ledger::who_may_not_create_tables_can_use_those_that_are_there,
        ledger::the_sql_of_the_docs_is_what_migrate_runs,
        ledger::a_read_is_one_indexed_look_up,
        laws::each_commit_raises_the_version_by_one,
        laws::a_key_that_is_made_again_goes_on_above_its_old_versions,
        laws::times_never_fall_and_no_two_versions_share_a_second,
        laws::a_released_guard_raises_nothing,
        laws::an_unknown_outcome_raises_the_version_without_a_tag,
        laws::adoption_takes_unknown_keys_alone,
        laws::a_key_that_is_adopted_under_a_guard_is_committed_above,
        laws::a_raise_waits_for_no_guard_and_the_guard_commits_above_it,
        laws::what_was_raised_under_a_lost_guard_is_never_issued_again,
        laws::readers_see_that_a_write_is_under_way,
        laws::the_handlers_own_version_counts_if_it_is_higher,
        laws::what_a_write_affects_rises_with_it,
        laws::writers_that_affect_each_others_keys_do_not_deadlock,
        laws::the_request_that_made_the_current_version_is_known,
        laws::dropped_tombstones_leave_a_floor,
        laws::a_floor_lifts_all_keys_and_only_rises,
        laws::at_the_end_of_the_counter_nothing_is_executed_or_wrapped,
        laws::the_end_of_the_counter_under_a_guard_is_an_unknown_outcome,
        transactions::statements_and_version_commit_as_one,
        transactions::a_refusal_rolls_the_statements_back_and_raises_nothing,
        transactions::an_unknown_outcome_is_a_roll_back_where_the_handler_joined,
        transactions::a_failed_statement_rolls_back_whatever_the_handler_answers,
        transactions::a_nested_transaction_is_a_savepoint,
        transactions::the_next_version_is_the_one_that_is_made,
        transactions::a_serialization_failure_is_a_roll_back,
        transactions::a_deferred_constraint_that_fails_the_commit_is_a_roll_back,
        transactions::the_applications_isolation_level_is_kept,
        transactions::after_its_guard_a_transaction_cannot_be_joined,
        transactions::a_transaction_is_joined_by_one_at_a_time_and_can_be_continued,
        transactions::a_handler_that_keeps_the_transaction_commits_nothing,
        transactions::a_handler_that_ends_the_transaction_itself_is_found_out,
        transactions::an_override_that_no_bigint_holds_rolls_back,
        transactions::what_a_joined_write_affects_commits_and_rolls_back_with_it,
        transactions::a_joined_only_guard_that_is_lost_leaves_nothing_behind,
        transactions::both_modes_exclude_each_other_and_take_over_from_each_other,
        processes::a_key_has_one_guard_over_all_processes,
        processes::what_one_process_commits_the_other_reads,
        processes::a_thousand_keys_commit_while_one_is_held,
        processes::guards_never_starve_handlers_of_connections,
        processes::writers_who_wait_in_the_process_hold_no_connection,
        processes::a_writer_that_waits_too_long_for_another_process_is_told_busy,
        processes::a_guard_for_which_no_connection_is_left_is_told_busy,
        processes::turns_are_taken_in_the_order_of_arrival,
        processes::commits_are_told_to_listeners_once_they_are_visible,
        processes::a_guard_that_is_not_armed_changes_nothing_however_it_ends,
        cancelled::a_guard_can_be_dropped_at_every_await,
        cancelled::a_release_can_be_dropped_at_every_await,
        cancelled::reads_adoption_and_raises_can_be_dropped_at_every_await,
        cancelled::a_wait_for_another_process_that_is_dropped_leaves_the_queue,
        cancelled::a_statement_that_a_handler_gave_up_does_not_hold_the_key,
        orphans::a_dropped_guard_leaves_the_key_unknown,
        orphans::a_lost_key_is_adopted_once_a_writer_has_looked,
        orphans::a_guard_that_cannot_look_at_its_key_keeps_no_lock,
        orphans::a_key_that_was_never_seen_is_orphaned_like_any_other,
        orphans::a_guard_whose_backend_was_ended_can_still_finish_alone,
        orphans::a_guard_whose_key_was_taken_over_does_not_commit,
        orphans::a_joined_guard_whose_backend_was_ended_is_rolled_back,
        orphans::before_it_is_armed_a_lost_guard_is_an_error_and_nothing_more,
        orphans::idle_connections_that_the_server_ended_are_replaced,
        orphans::a_release_that_does_not_arrive_is_a_lost_guard,
        orphans::a_lost_acknowledgement_is_resolved,
        orphans::a_lost_acknowledgement_of_several_keys_is_resolved,
        orphans::a_lost_acknowledgement_of_a_joined_commit_is_resolved,
        orphans::an_intent_whose_acknowledgement_is_lost_executes_nothing,
        orphans::a_silent_wire_ends_in_an_error_in_time,
        conformance::the_store_keeps_the_laws,
        conformance::joined_only_rolls_back_what_is_lost_and_keeps_the_laws_of_that,
    ];
    trials.extend(own![
        caches::while_nobody_listens_a_cache_is_out_of_use,
        restarts::a_kill_orphans_the_keys_that_are_armed_and_no_others,
        restarts::a_killed_servers_orphans_are_taken_over_by_another_process,
        restarts::a_commit_waits_for_a_server_that_restarts,
        restarts::while_the_server_is_down_everything_fails_in_time,
        restarts::a_restart_between_requests_is_not_noticed,
        restarts::no_commit_is_lost_or_doubled_while_the_server_is_killed,
    ]);
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial<F: Future<Output = ()>>(name: &str, body: impl FnOnce() -> F + Send + 'static) -> Trial {
    let is_installed = server::programs().is_some();
    let name = if is_installed {
        name.to_owned()
    } else {
        format!("{name} (not installed: apt-get install postgresql)")
    };
    let is_ignored = !is_installed && std::env::var_os("REQUIRE_SERVERS").is_none();
    let run = move || {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(body());
        Ok(())
    };
    Trial::test(name, run).with_ignored_flag(is_ignored)
}
