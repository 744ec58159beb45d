//! The reference server with programs that are not ours, `client::Updater` with servers that are not
//! ours, and the two together. Where a program is not installed its tests show as ignored, with the
//! package to install; with `REQUIRE_SERVERS` set they fail instead.

mod chromium;
mod curl;
mod eve;
mod example;
mod foreign;
mod kinto;
mod nginx;
mod nginx_cache;
mod nginx_dav;
mod page;
mod python;
mod readme;

#[path = "../rekord/answer.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod answer;
#[path = "../rekord/client.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod client;
#[path = "../rekord/database.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod database;
#[path = "../rekord/process.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod process;
#[path = "../rekord/wire.rs"]
#[expect(dead_code, reason = "tests/rekord uses the rest of it")]
mod wire;

use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Trial};

/// The tests of a module, and the packages that bring the programs which they need.
macro_rules! trials {
    ($module:ident, $packages:literal: $($name:ident,)+) => {
        vec![$(trial(
            concat!(stringify!($module), "::", stringify!($name)),
            $packages,
            $module::$name,
        )),+]
    };
}

fn main() -> ExitCode {
    let mut trials = trials![curl, "curl":
        the_lines_that_the_server_prints_work_when_pasted,
        it_reads_gzip_revalidates_and_writes_with_the_tag_that_it_got,
        it_saves_a_tag_and_compares_with_it,
    ];
    trials.extend(trials![eve, "python3 Eve mongomock":
        it_creates_reads_and_deletes_under_preconditions,
        a_stale_edit_is_made_again_or_merged_or_reported,
        several_clients_lose_no_increment,
        its_own_ways_are_as_the_docs_say,
    ]);
    trials.extend(trials![example, "":
        the_client_reads_merges_and_decides,
    ]);
    trials.extend(trials![kinto, "python3 kinto waitress":
        it_creates_reads_and_deletes_under_preconditions,
        a_stale_edit_is_made_again_or_merged_or_reported,
        several_clients_lose_no_increment,
        its_own_ways_are_as_the_docs_say,
    ]);
    trials.extend(trials![nginx_cache, "nginx-light":
        a_cache_revalidates_by_entity_tag_and_serves_the_new_version_after_a_write,
    ]);
    trials.extend(trials![nginx_dav, "nginx-light":
        reads_are_revalidated,
        a_stale_write_goes_through_and_an_update_is_lost,
        one_tag_can_be_of_two_contents,
    ]);
    trials.extend(trials![page, "chromium chromium-driver":
        the_tour_shows_a_304_a_412_and_a_merge,
        a_member_that_both_changed_is_chosen_by_hand_with_the_keyboard,
        a_merge_that_is_late_or_lost_overwrites_nothing,
        the_keyboard_keeps_its_place_and_a_save_is_sent_once,
        it_works_where_the_browser_does_not_trust_the_host,
        claims_in_either_order_come_to_the_same_hash,
        the_browsers_own_cache_revalidates_on_reload,
        a_page_of_an_allowed_origin_reads_tags_and_writes_under_them,
    ]);
    trials.extend(trials![python, "python3 hishel CacheControl":
        hishel_revalidates_what_it_holds,
        cachecontrol_revalidates_what_it_holds,
    ]);
    trials.extend(trials![readme, "curl":
        its_lines_for_curl_answer_as_it_says,
    ]);
    trials.extend(trials![readme, "curl python3 CacheControl":
        its_python_client_revalidates,
    ]);
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial<F: Future<Output = ()>>(
    name: &str,
    packages: &str,
    body: impl Fn() -> F + Send + 'static,
) -> Trial {
    let missing = packages.split_whitespace().filter_map(to_install);
    let missing: Vec<_> = missing.collect();
    let is_ignored = !missing.is_empty() && std::env::var_os("REQUIRE_SERVERS").is_none();
    let name = if missing.is_empty() {
        name.to_owned()
    } else {
        format!("{name} ({})", missing.join(", "))
    };
    let run = move || {
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(body());
        Ok(())
    };
    Trial::test(name, run).with_ignored_flag(is_ignored)
}

/// How to install `package`, where what it brings is missing: a program of Debian's, or a module of
/// Python's.
fn to_install(package: &str) -> Option<String> {
    let (look, install) = match package {
        "hishel" => ("python3 -c 'import hishel.httpx'", "pip install"),
        "CacheControl" => ("python3 -c 'import cachecontrol'", "pip install"),
        module @ ("Eve" | "kinto" | "mongomock" | "waitress") => {
            let import = module.to_lowercase();
            (&*format!("python3 -c 'import {import}'"), "pip install")
        }
        "chromium-driver" => ("command -v chromedriver", "apt-get install"),
        "nginx-light" => ("nginx -V 2>&1 | grep http_dav_module", "apt-get install"),
        program => (&*format!("command -v {program}"), "apt-get install"),
    };
    let found = Command::new("sh")
        .args(["-c", look])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    (!found.is_ok_and(|status| status.success())).then(|| format!("{install} {package}"))
}
