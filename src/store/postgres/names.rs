use super::{PostgresError, PostgresErrorKind};

/// What the ledger's tables are called.
#[derive(Clone, Debug)]
pub(super) struct Names {
    schema: Option<String>,
    table: String,
}

/// `NAMEDATALEN - 1`. A longer name is cut by the server, and two names could become one.
const LONGEST: usize = 63;

const FLOOR: &str = "_floor";

impl Names {
    pub(super) fn set_schema(&mut self, name: &str) -> Result<(), PostgresError> {
        check(name, LONGEST)?;
        self.schema = Some(name.to_owned());
        Ok(())
    }

    pub(super) fn set_table(&mut self, name: &str) -> Result<(), PostgresError> {
        check(name, LONGEST - FLOOR.len())?;
        name.clone_into(&mut self.table);
        Ok(())
    }

    /// The quoted name of the schema, if one was set.
    pub(super) fn quoted_schema(&self) -> Option<String> {
        self.schema.as_deref().map(quoted)
    }

    /// The quoted name of the ledger's table.
    pub(super) fn ledger(&self) -> String {
        self.qualified("")
    }

    /// The quoted name of the floor's table.
    pub(super) fn floor(&self) -> String {
        self.qualified(FLOOR)
    }

    fn qualified(&self, suffix: &str) -> String {
        let table = quoted(&format!("{}{suffix}", self.table));
        match self.quoted_schema() {
            Some(schema) => format!("{schema}.{table}"),
            None => table,
        }
    }
}

impl Default for Names {
    fn default() -> Self {
        Self {
            schema: None,
            table: "tower_conditional".to_owned(),
        }
    }
}

/// Any name can be quoted, except that none has a NUL in it.
fn check(name: &str, longest: usize) -> Result<(), PostgresError> {
    if name.is_empty() || name.len() > longest || name.contains('\0') {
        let source = format!("{name:?} has not from 1 to {longest} bytes, or has a NUL in it");
        return Err(PostgresError::new(PostgresErrorKind::Name, source));
    }
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
