-- One row per id, kept for good: a deleted resource leaves its version behind, so that one that is
-- created again under the same id goes on counting above it and no entity-tag is ever issued twice.
-- In the collation "C" ids have the order of their bytes, whatever the database sorts by.
CREATE TABLE resources (
    collection      TEXT    COLLATE "C" NOT NULL,
    id              TEXT    COLLATE "C" NOT NULL,
    version         BIGINT  NOT NULL CHECK (version > 0),
    -- The version that the present life of the resource began with.
    created_version BIGINT  NOT NULL,
    deleted         BOOLEAN NOT NULL DEFAULT FALSE,
    -- Milliseconds since 1970, never lower than in the version before.
    modified        BIGINT  NOT NULL,
    -- The resource as JSON text, just as it is answered: `jsonb` would answer with another one.
    document        TEXT    NOT NULL,
    PRIMARY KEY (collection, id)
);
