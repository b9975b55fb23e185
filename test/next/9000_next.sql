-- What a version after this one may do to the tables while nodes of this one still work on them: see test/e2e/cluster.test.mjs.
ALTER TABLE users ADD COLUMN next_note TEXT NOT NULL DEFAULT 'of the next version';
ALTER TABLE session ADD COLUMN next_seen BIGINT;
CREATE TABLE next_thing (id TEXT PRIMARY KEY);
