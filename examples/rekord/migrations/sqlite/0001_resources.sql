-- One row per id, kept for good: a deleted resource leaves its version behind, so that one that is
-- created again under the same id goes on counting above it and no entity-tag is ever issued twice.
CREATE TABLE resources (
    collection      TEXT    NOT NULL,
    id              TEXT    NOT NULL,
    version         INTEGER NOT NULL CHECK (version > 0),
    -- The version that the present life of the resource began with.
    created_version INTEGER NOT NULL,
    deleted         INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    -- Milliseconds since 1970, never lower than in the version before.
    modified        INTEGER NOT NULL,
    -- The resource as JSON text, just as it is answered.
    document        TEXT    NOT NULL,
    PRIMARY KEY (collection, id)
) STRICT, WITHOUT ROWID;
