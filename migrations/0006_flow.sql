-- One-time tokens and codes: what was sent to an address, to be given back once. The token's SHA-256 and the code's HMAC are
-- kept, never the secrets. A row is written for an address that nobody has, too: then it has neither, and nothing fits it.
CREATE TABLE flow (
	id              TEXT   NOT NULL PRIMARY KEY,
	door            TEXT   NOT NULL,
	purpose         TEXT   NOT NULL,
	email           TEXT   NOT NULL,
	email_key       TEXT   NOT NULL,
	subject_id      TEXT,
	address         TEXT   NOT NULL,
	ip              TEXT   NOT NULL,
	correlation_id  TEXT   NOT NULL,
	token_hash      TEXT,
	code_mac        TEXT,
	tries           BIGINT NOT NULL DEFAULT 0,
	created_at      BIGINT NOT NULL,
	sent_at         BIGINT,
	code_expires_at BIGINT NOT NULL,
	expires_at      BIGINT NOT NULL,
	used_at         BIGINT
);
CREATE UNIQUE INDEX flow_by_token ON flow (token_hash) WHERE token_hash IS NOT NULL;
CREATE INDEX flow_by_email ON flow (email_key, created_at);
CREATE INDEX flow_by_subject ON flow (subject_id, created_at);
CREATE INDEX flow_by_address ON flow (address, created_at);
CREATE INDEX flow_waiting ON flow (created_at) WHERE sent_at IS NULL;
CREATE INDEX flow_by_end ON flow (expires_at);

-- Registrations whose address must be proved before there is an account (registration.verify_first).
CREATE TABLE registration (
	id                  TEXT    NOT NULL PRIMARY KEY,
	email               TEXT    NOT NULL,
	username            TEXT,
	name                TEXT,
	first_name          TEXT,
	last_name           TEXT,
	display_name        TEXT,
	push_token          TEXT,
	email_notifications BOOLEAN NOT NULL,
	push_notifications  BOOLEAN NOT NULL,
	password_hash       TEXT    NOT NULL,
	created_at          BIGINT  NOT NULL
);
CREATE INDEX registration_by_email ON registration (email, created_at);
CREATE INDEX registration_by_time ON registration (created_at);

-- People whom an administrator asked in. Of one address the newest alone is open.
CREATE TABLE invitation (
	id          TEXT   NOT NULL PRIMARY KEY,
	email       TEXT   NOT NULL,
	email_key   TEXT   NOT NULL,
	role        TEXT   NOT NULL,
	name        TEXT,
	inviter_id  TEXT   NOT NULL,
	created_at  BIGINT NOT NULL,
	expires_at  BIGINT NOT NULL,
	accepted_at BIGINT,
	revoked_at  BIGINT,
	user_id     TEXT
);
CREATE UNIQUE INDEX invitation_open ON invitation (email_key) WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitation_by_end ON invitation (expires_at);
CREATE INDEX invitation_by_user ON invitation (user_id);
