//! `PostgresStore` against a real PostgreSQL. Where it is not installed the tests show as ignored; with
//! `REQUIRE_SERVERS` set they fail instead.

mod ledger;
#[expect(dead_code, reason = "other targets use the rest of it")]
mod server;
mod support;

use std::{process::ExitCode, sync::Arc};

use libtest_mimic::{Arguments, Trial};
use server::Server;
use tokio::sync::OnceCell;

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
    let trials = shared![shared;
        ledger::migrating_twice_and_concurrently_is_the_same_as_once,
    ];
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
