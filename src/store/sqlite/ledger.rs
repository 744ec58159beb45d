//! Rows in a write transaction: how they come and go.

use sqlx::error::BoxDynError;

use crate::store::Fingerprint;

use super::{
    SqliteStoreError,
    owner::{Fate, Owner},
    row::{Floors, Intent, Row, State},
    schema::Statements,
    token::Token,
    writer::WriteTransaction,
};

/// The columns of `load`, in its order.
type Columns = (
    i64,
    i64,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    Option<i64>,
);

impl WriteTransaction {
    /// What the ledger has of `key`.
    pub(super) async fn load(
        &mut self,
        statements: &Statements,
        key: &[u8],
    ) -> Result<(Row, Floors), SqliteStoreError> {
        let (dropped, raised, version, state, modified, writer, made_by, intent, armed): Columns =
            sqlx::query_as(statements.load.clone())
                .bind(key)
                .fetch_one(&mut self.connection.sqlite)
                .await?;
        let floors = Floors { dropped, raised };
        let (Some(version), Some(state), Some(modified)) = (version, state, modified) else {
            return Ok((Row::UNSEEN, floors));
        };
        let row = Row {
            state: state_of(state)?,
            version,
            modified,
            writer: writer.as_deref().map(token_of).transpose()?,
            made_by: made_by
                .map(|bytes| bytes.try_into().map(Fingerprint::from_bytes))
                .transpose()
                .map_err(|_| foreign("no fingerprint"))?,
            intent: intent_of(intent.as_deref(), armed)?,
        };
        Ok((row, floors))
    }

    /// Keeps `row` as what the ledger has of `key`.
    pub(super) async fn save(
        &mut self,
        statements: &Statements,
        key: &[u8],
        row: &Row,
    ) -> Result<(), SqliteStoreError> {
        let is_empty = row.state == State::Unseen && row.intent.is_none();
        let query = if is_empty {
            sqlx::query(statements.delete.clone()).bind(key)
        } else {
            sqlx::query(statements.save.clone())
                .bind(key)
                .bind(row.version)
                .bind(row.state as i64)
                .bind(row.modified)
                .bind(row.writer.map(Token::to_bytes))
                .bind(row.made_by.map(|it| it.as_bytes().to_vec()))
                .bind(row.intent.map(|it| it.token.to_bytes()))
                .bind(row.intent.is_some_and(|it| it.is_armed))
        };
        query.execute(&mut self.connection.sqlite).await?;
        Ok(())
    }

    /// Raises the floors that are below these.
    pub(super) async fn raise_floors(
        &mut self,
        statements: &Statements,
        floors: Floors,
    ) -> Result<(), SqliteStoreError> {
        sqlx::query(statements.raise_floors.clone())
            .bind(floors.dropped)
            .bind(floors.raised)
            .execute(&mut self.connection.sqlite)
            .await?;
        Ok(())
    }
}

/// Takes away an intent whose guard is gone, and says whether one is left whose guard is not.
pub(super) fn end_lost_intent(
    row: &mut Row,
    floors: Floors,
    owner: &Owner,
) -> Result<Option<Intent>, SqliteStoreError> {
    if let Some(intent) = row.intent {
        match owner.fate(intent.token)? {
            Fate::Alive => return Ok(Some(intent)),
            fate => row.end_intent(fate == Fate::Lost, floors),
        }
    }
    Ok(None)
}

pub(super) fn state_of(number: i64) -> Result<State, sqlx::Error> {
    State::from_number(number).ok_or_else(|| foreign("no state"))
}

pub(super) fn intent_of(
    token: Option<&[u8]>,
    armed: Option<i64>,
) -> Result<Option<Intent>, sqlx::Error> {
    let Some(token) = token else {
        return Ok(None);
    };
    Ok(Some(Intent {
        token: token_of(token)?,
        is_armed: armed != Some(0),
    }))
}

fn token_of(bytes: &[u8]) -> Result<Token, sqlx::Error> {
    Token::from_bytes(bytes).ok_or_else(|| foreign("no token"))
}

/// Something else has written to the table.
fn foreign(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(BoxDynError::from(what))
}
