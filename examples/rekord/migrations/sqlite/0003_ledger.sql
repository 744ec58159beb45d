CREATE TABLE IF NOT EXISTS "ledger" (
    key BLOB NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL CHECK (version >= 0),
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3), -- unseen, unknown, present, missing
    modified INTEGER NOT NULL CHECK (modified >= 0), -- milliseconds since 1970
    writer BLOB, -- the token of the guard that made the version
    made_by BLOB, -- the fingerprint of its request
    intent BLOB, -- the token of the guard that is on the key
    armed INTEGER NOT NULL CHECK (armed IN (0, 1)) -- whether its handler may be running
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS "ledger_deleted"
    ON "ledger" (modified) WHERE state = 3;
CREATE TABLE IF NOT EXISTS "ledger_floor" (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    dropped INTEGER NOT NULL CHECK (dropped >= 0), -- the highest version of a row that was dropped
    raised INTEGER NOT NULL CHECK (raised >= 0) -- every new version is above this one
) STRICT;
