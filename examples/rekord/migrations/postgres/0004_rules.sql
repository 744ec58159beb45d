-- The versions of rules are the ledger's, which knows each by its path.
CREATE TABLE rules (
    id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- The rule as JSON text, just as it is answered.
    document TEXT NOT NULL
);

-- The rules so far go on counting where they were; of those that are deleted the version stays.
INSERT INTO ledger (key, state, version, modified)
SELECT convert_to('/rules/' || id, 'UTF8'), CASE WHEN deleted THEN 'missing' ELSE 'present' END,
       version, modified
FROM resources WHERE collection = 'rules';

INSERT INTO rules (id, document)
SELECT id, document FROM resources WHERE collection = 'rules' AND NOT deleted;

DELETE FROM resources WHERE collection = 'rules';

-- An older process that still runs on this database is not to start anew at version 1.
ALTER TABLE resources ADD CONSTRAINT rules_have_a_table_of_their_own CHECK (collection <> 'rules');
