//! The reference server on PostgreSQL: the tests of `tests/rekord`, each run with a database of this server, and those
//! of what only a database server can do. Where PostgreSQL is not installed they show as ignored, with the package to
//! install; with `REQUIRE_SERVERS` set they fail instead.

mod contract;
mod faults;
mod foreign;
mod migrations;
mod restart;
mod silence;

#[path = "../rekord/answer.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod answer;
#[path = "../rekord/client.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod client;
#[path = "../rekord/database.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod database;
#[path = "../rekord/earlier.rs"]
mod earlier;
#[path = "../postgres/server.rs"]
#[expect(dead_code, reason = "tests of the store use the rest of it")]
mod postgres;
#[path = "../rekord/process.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod process;
#[path = "../rekord/record.rs"]
mod record;
#[path = "../rekord/resource.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod resource;
#[path = "../rekord/wire.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod wire;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

/// A test by its name, with the server that most of them share.
macro_rules! test {
    ($module:ident::$name:ident, $shared:ident) => {{
        let shared = Shared::clone(&$shared);
        test!($module::$name, { $module::$name(shared) })
    }};
    ($module:ident::$name:ident) => {
        test!($module::$name, { $module::$name() })
    };
    ($module:ident::$name:ident, $body:block) => {
        trial(
            concat!(stringify!($module), "::", stringify!($name)).to_owned(),
            move |runtime| {
                runtime.block_on($body);
                Ok(())
            },
        )
    };
}

/// The server of all tests that do not end it, started by the first of them.
type Shared = Arc<OnceCell<postgres::Server>>;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each test has up to three servers with 24 connections each, of 200 that PostgreSQL takes.
    arguments.test_threads.get_or_insert(2);
    let shared = Shared::default();
    let mut trials = contract::trials(&shared, arguments.nocapture);
    trials.extend([
        test!(
            foreign::three_servers_that_start_at_once_on_an_empty_database_all_come_up,
            shared
        ),
        test!(
            foreign::what_is_not_rekords_is_refused_and_left_as_it_is,
            shared
        ),
        test!(
            foreign::a_server_that_cannot_be_used_is_refused_and_no_password_is_told,
            shared
        ),
        test!(foreign::a_schema_of_its_own_will_do, shared),
        test!(
            faults::a_commit_whose_acknowledgement_is_lost_is_an_unknown_outcome,
            shared
        ),
        test!(
            faults::a_commit_that_is_refused_has_executed_nothing,
            shared
        ),
        test!(
            faults::a_lock_that_is_not_free_in_time_is_503_and_changes_nothing,
            shared
        ),
        test!(
            faults::a_connection_that_is_lost_before_the_commit_is_503_and_changes_nothing,
            shared
        ),
        test!(
            migrations::rules_go_on_counting_when_the_ledger_takes_over,
            shared
        ),
        test!(
            silence::a_database_that_says_nothing_any_more_is_not_waited_for,
            shared
        ),
        test!(restart::a_restart_of_postgresql_is_survived),
        test!(restart::every_acknowledged_write_outlives_kill_9_of_postgresql),
    ]);
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(name: String, run: impl FnOnce(&Runtime) -> Result<(), Failed> + Send + 'static) -> Trial {
    let is_installed = postgres::programs().is_some();
    let is_ignored = !is_installed && std::env::var_os("REQUIRE_SERVERS").is_none();
    let name = if is_installed {
        name
    } else {
        format!("{name} (not installed: apt-get install postgresql)")
    };
    Trial::test(name, move || run(&Runtime::new()?)).with_ignored_flag(is_ignored)
}

/// The server, which is started if it does not run yet.
async fn server(shared: &Shared) -> &postgres::Server {
    shared.get_or_init(postgres::Server::start).await
}
