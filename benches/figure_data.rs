//! The tables that lie between the measures and the figures: CSV files in `target/figures`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

/// Where the tables are. Cargo runs benches in the folder of their package.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/figures")
}

/// Writes one table, over what an earlier run has left, and says where it is.
///
/// # Errors
/// What the file system says, or a row that is no flat record.
pub fn write<T: Serialize>(name: &str, rows: &[T]) -> csv::Result<()> {
    fs::create_dir_all(folder())?;
    let file = folder().join(name);
    let mut table = csv::Writer::from_path(&file)?;
    for row in rows {
        table.serialize(row)?;
    }
    table.flush()?;
    println!("wrote target/figures/{name}");
    Ok(())
}

/// Reads a table; `None` where there is none yet.
///
/// # Errors
/// What the file system says, or a row that is not of the form of `T`.
pub fn read<T: DeserializeOwned>(name: &str) -> csv::Result<Option<Vec<T>>> {
    match fs::File::open(folder().join(name)) {
        Ok(file) => csv::Reader::from_reader(file)
            .deserialize()
            .collect::<Result<_, _>>()
            .map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The one in the middle of some measures of the same thing, so that what else the machine did in
/// a round or two does not show. 0 where there are none.
#[must_use]
pub fn median(mut measures: Vec<f64>) -> f64 {
    measures.sort_by(f64::total_cmp);
    measures.get(measures.len() / 2).copied().unwrap_or(0.0)
}
