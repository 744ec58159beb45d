CREATE TABLE IF NOT EXISTS "ledger" (
    -- The key's bytes; of a key longer than 1024 bytes the first 993 and its SHA-256.
    key      bytea  NOT NULL PRIMARY KEY,
    -- 'unseen' is a key that was never written or adopted, under its first write.
    state    text   NOT NULL CHECK (state IN ('unseen', 'unknown', 'present', 'missing')),
    -- Above all versions that the key had. Of a present key it is the current one.
    version  bigint NOT NULL CHECK (version >= 0),
    -- When the version was made, in milliseconds since 1970. Each version has a second of its own.
    modified bigint NOT NULL,
    -- The fingerprint of the request that made the version.
    made_by  bytea,
    -- The guard that committed last.
    writer   bytea,
    -- A guarded write under way, or lost: the guard, the advisory lock that its connection holds
    -- as long as it lives, and the version that it will make.
    intent   bytea,
    owner    bigint,
    pending  bigint,
    CHECK ((intent IS NULL) = (owner IS NULL) AND (intent IS NULL) = (pending IS NULL))
);
-- One row: no version at or below it is made any more, for any key.
CREATE TABLE IF NOT EXISTS "ledger_floor" (
    version bigint  NOT NULL CHECK (version >= 0),
    is_only boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (is_only)
);
INSERT INTO "ledger_floor" (version) VALUES (0) ON CONFLICT DO NOTHING;
