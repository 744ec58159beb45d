-- What sources claim about the fields of records: for each field the winner under each policy, since
-- the policy of a model can change; three rows at most. Names and values have any length, which no
-- index takes; that a claim is there once is seen to by those who write, one at a time for a record.
CREATE TABLE claims (
    record       TEXT    COLLATE "C" NOT NULL,
    -- In UTF-8. Both are any text, and the type TEXT holds no NUL.
    field        BYTEA   NOT NULL,
    source       BYTEA   NOT NULL,
    -- The instant since the start of 1970 (UTC); both parts are negative before that.
    seconds      BIGINT  NOT NULL,
    nanoseconds  INTEGER NOT NULL CHECK (nanoseconds BETWEEN -999999999 AND 999999999),
    confidence   DOUBLE PRECISION NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    -- JSON text.
    value        TEXT    NOT NULL
);

CREATE INDEX claims_of_a_record ON claims (record);

-- Claims go with their record, whichever statement deletes it.
CREATE FUNCTION claims_go_with_their_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM claims WHERE record = NEW.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER claims_go_with_their_record
AFTER UPDATE OF deleted ON resources
FOR EACH ROW WHEN (NEW.deleted AND NEW.collection = 'records')
EXECUTE FUNCTION claims_go_with_their_record();
