-- What stands in the way of guessing passwords. A subject is the id of a user, or a MAC of a name that is nobody's
-- (stranger); so both count alike, and neither names nor addresses of people who have no account are kept.
ALTER TABLE login_failure ADD COLUMN stranger BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX login_failure_of_strangers ON login_failure (last_at) WHERE stranger;

-- Failures of one subject from anywhere, in the hour that began at `since`.
CREATE TABLE login_total (
	subject  TEXT    NOT NULL PRIMARY KEY,
	count    BIGINT  NOT NULL,
	since    BIGINT  NOT NULL,
	stranger BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX login_total_by_time ON login_total (since);
CREATE INDEX login_total_of_strangers ON login_total (since) WHERE stranger;

-- From where somebody logged in, and when last.
CREATE TABLE login_place (
	user_id TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	address TEXT   NOT NULL,
	at      BIGINT NOT NULL,
	PRIMARY KEY (user_id, address)
);
CREATE INDEX login_place_by_time ON login_place (at);

-- Proofs of work that were used: each is good once.
CREATE TABLE login_proof (
	nonce      TEXT   NOT NULL PRIMARY KEY,
	expires_at BIGINT NOT NULL
);
CREATE INDEX login_proof_by_end ON login_proof (expires_at);
