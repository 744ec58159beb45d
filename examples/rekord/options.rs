//! The command line and the environment.

use clap::Parser;

use crate::cors::Origin;

/// A small data API whose every resource carries a version.
///
/// The environment variable `REKORD_API_TOKEN` is the bearer token that clients have to send.
#[derive(Parser)]
#[command(name = "rekord", version)]
pub(crate) struct Options {
    /// Where to listen; port 0 picks a free one.
    #[arg(
        long,
        env = "REKORD_LISTEN",
        value_name = "ADDR",
        default_value = "127.0.0.1:3000"
    )]
    pub(crate) listen: String,

    /// The database: `sqlite:FILE`, created when it is missing, or
    /// `postgres://USER:PASSWORD@HOST/NAME`, whose tables are created when it has none.
    // Parsed later, since clap repeats a value that it refuses, and a URL can hold a password.
    #[arg(
        long,
        env = "REKORD_DATABASE",
        hide_env_values = true,
        value_name = "URL",
        default_value = "sqlite:rekord.db"
    )]
    pub(crate) database: String,

    /// Refuse to change an existing resource without a precondition (428).
    #[arg(long)]
    pub(crate) require_if_match: bool,

    /// Let web pages of this origin use the API, as `https://app.example`; `*` for any origin.
    /// Can be given several times.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<Origin>,
}

impl Options {
    /// Reads the options; `--help` and `--version` are printed, and end the process.
    ///
    /// # Errors
    /// One line that says which option is wrong.
    pub(crate) fn read() -> Result<Self, String> {
        Self::try_parse().map_err(|error| {
            if !error.use_stderr() {
                error.exit();
            }
            // The first line names the option; usage and tips follow in others.
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            format!(
                "{} (--help shows the options)",
                line.trim_start_matches("error: ")
            )
        })
    }
}
