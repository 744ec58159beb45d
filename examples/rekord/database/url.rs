//! Where the database is, as `--database` names it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// A database, by the scheme of its URL.
#[derive(Clone, Debug)]
pub(crate) enum DatabaseUrl {
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

/// No refusal repeats the URL, which can hold a password.
impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, String> {
        let refusal = |why: &str| {
            format!(
                "cannot use the database URL: {why}; \
                 use sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE"
            )
        };
        match url.split_once(':') {
            Some(("sqlite", path)) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                // `:memory:` would be another database for each connection, and parameters after
                // `?` could undo what is promised about durability.
                if path.is_empty() || path.starts_with(':') || path.contains(['?', '\0']) {
                    return Err(refusal("it does not name a file"));
                }
                Ok(Self::Sqlite(path.into()))
            }
            Some(("postgres" | "postgresql", _)) => url
                .parse()
                .map(|options| Self::Postgres(Box::new(options)))
                .map_err(|_| refusal("it is not one that PostgreSQL knows")),
            Some((scheme, _)) => Err(refusal(&format!("{scheme:?} is no known database"))),
            None => Err(refusal("it is not a URL")),
        }
    }
}

/// Without the password.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(options) => {
                let name = options.get_database().unwrap_or(options.get_username());
                write!(f, "{name:?} of the PostgreSQL server at ")?;
                match options.get_socket() {
                    Some(socket) => socket.display().fmt(f),
                    None => write!(f, "{}:{}", options.get_host(), options.get_port()),
                }
            }
        }
    }
}
