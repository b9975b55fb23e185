-- Two files: the id is SQLite's rowid and PostgreSQL's identity. Rows are written unsealed (seq NULL) by the transaction
-- of the change; the relay gives committed rows their sequence number, and the audit log its chain of hashes.
CREATE TABLE outbox (
	id             INTEGER PRIMARY KEY AUTOINCREMENT,
	seq            BIGINT,
	event_id       TEXT   NOT NULL,
	type           TEXT   NOT NULL,
	at             BIGINT NOT NULL,
	subject_type   TEXT   NOT NULL,
	subject_id     TEXT   NOT NULL,
	actor_kind     TEXT   NOT NULL,
	actor_id       TEXT   NOT NULL,
	ip             TEXT   NOT NULL,
	correlation_id TEXT   NOT NULL,
	node           TEXT   NOT NULL,
	data           TEXT   NOT NULL
);
CREATE UNIQUE INDEX outbox_sealed ON outbox (seq) WHERE seq IS NOT NULL;
CREATE INDEX outbox_unsealed ON outbox (id) WHERE seq IS NULL;

CREATE TABLE audit (
	id             INTEGER PRIMARY KEY AUTOINCREMENT,
	seq            BIGINT,
	at             BIGINT NOT NULL,
	actor_kind     TEXT   NOT NULL,
	actor_id       TEXT   NOT NULL,
	ip             TEXT   NOT NULL,
	operation      TEXT   NOT NULL,
	subject_type   TEXT   NOT NULL,
	subject_id     TEXT   NOT NULL,
	outcome        TEXT   NOT NULL,
	changes        TEXT   NOT NULL,
	correlation_id TEXT   NOT NULL,
	hash           TEXT
);
CREATE UNIQUE INDEX audit_sealed ON audit (seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_unsealed ON audit (id) WHERE seq IS NULL;
CREATE INDEX audit_by_subject ON audit (subject_id, id);
CREATE INDEX audit_by_actor ON audit (actor_id, id);
