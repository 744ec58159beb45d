//! The reference server with programs that are not ours. Where one is not installed its tests show
//! as ignored, with the package to install; with `REQUIRE_SERVERS` set they fail instead.

mod curl;
mod nginx;

#[path = "../rekord/answer.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod answer;
#[path = "../rekord/client.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod client;
#[path = "../rekord/process.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod process;
#[path = "../rekord/wire.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod wire;

use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let trials = vec![
        test(
            "curl",
            "the_lines_that_the_server_prints_work_when_pasted",
            curl::the_lines_that_the_server_prints_work_when_pasted,
        ),
        test(
            "curl",
            "it_reads_gzip_revalidates_and_writes_with_the_tag_that_it_got",
            curl::it_reads_gzip_revalidates_and_writes_with_the_tag_that_it_got,
        ),
        test(
            "nginx",
            "a_cache_revalidates_by_entity_tag_and_serves_the_new_version_after_a_write",
            nginx::a_cache_revalidates_by_entity_tag_and_serves_the_new_version_after_a_write,
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test that needs `program`, which the package of the same name brings.
fn test<F: Future<Output = ()>>(
    program: &str,
    name: &str,
    body: impl Fn() -> F + Send + 'static,
) -> Trial {
    let is_installed = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let name = if is_installed {
        format!("{program}::{name}")
    } else {
        format!("{program}::{name} (not installed: apt-get install {program})")
    };
    let is_ignored = !is_installed && std::env::var_os("REQUIRE_SERVERS").is_none();
    let run = move || {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(body());
        Ok(())
    };
    Trial::test(name, run).with_ignored_flag(is_ignored)
}
