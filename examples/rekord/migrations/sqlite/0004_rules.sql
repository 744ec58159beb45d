-- The versions of rules are the ledger's, which knows each by its path.
CREATE TABLE rules (
    id       TEXT NOT NULL PRIMARY KEY,
    -- The rule as JSON text, just as it is answered.
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The rules so far go on counting where they were; of those that are deleted the version stays.
INSERT INTO ledger (key, state, version, modified, armed)
SELECT CAST('/rules/' || id AS BLOB), iif(deleted, 3, 2), version, modified, 0 FROM resources
WHERE collection = 'rules';

INSERT INTO rules (id, document)
SELECT id, document FROM resources WHERE collection = 'rules' AND NOT deleted;

DELETE FROM resources WHERE collection = 'rules';

-- An older process that still runs on this file is not to start anew at version 1.
CREATE TRIGGER rules_have_a_table_of_their_own
BEFORE INSERT ON resources WHEN new.collection = 'rules'
BEGIN
    SELECT RAISE(ABORT, 'rules have a table of their own');
END;
