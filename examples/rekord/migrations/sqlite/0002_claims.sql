-- What sources claim about the fields of records: for each field the winner under each policy, since
-- the policy of a model can change; three rows at most. The same claim made again is the same row.
CREATE TABLE claims (
    record       TEXT    NOT NULL,
    field        TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    -- The instant since the start of 1970 (UTC); both parts are negative before that.
    seconds      INTEGER NOT NULL,
    nanoseconds  INTEGER NOT NULL CHECK (nanoseconds BETWEEN -999999999 AND 999999999),
    confidence   REAL    NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    -- JSON text.
    value        TEXT    NOT NULL,
    PRIMARY KEY (record, field, source, seconds, nanoseconds, confidence, value)
) STRICT, WITHOUT ROWID;

-- Claims go with their record, whichever statement deletes it.
CREATE TRIGGER claims_go_with_their_record
AFTER UPDATE OF deleted ON resources
WHEN new.deleted AND new.collection = 'records'
BEGIN
    DELETE FROM claims WHERE record = new.id;
END;
