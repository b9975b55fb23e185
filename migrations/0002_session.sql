-- One row a session. The refresh token is session id, counter and a MAC that is never stored.
CREATE TABLE session (
	id                 TEXT   NOT NULL PRIMARY KEY,
	user_id            TEXT   NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	counter            BIGINT NOT NULL DEFAULT 1,
	used_counter       BIGINT NOT NULL DEFAULT 0,
	credential_version BIGINT NOT NULL,
	created_at         BIGINT NOT NULL,
	last_used_at       BIGINT NOT NULL,
	rotated_at         BIGINT NOT NULL,
	expires_at         BIGINT NOT NULL,
	ends_at            BIGINT NOT NULL,
	ended_at           BIGINT,
	end_reason         TEXT,
	device             TEXT,
	ip                 TEXT,
	user_agent         TEXT
);
CREATE INDEX session_by_user ON session (user_id, created_at);
CREATE INDEX session_by_end ON session (expires_at);

CREATE TABLE password (
	user_id    TEXT   NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
	hash       TEXT   NOT NULL,
	changed_at BIGINT NOT NULL
);

-- Failed log-ins of one account from one address block; counted although the call answers an error.
CREATE TABLE login_failure (
	user_id  TEXT   NOT NULL,
	address  TEXT   NOT NULL,
	count    BIGINT NOT NULL,
	first_at BIGINT NOT NULL,
	last_at  BIGINT NOT NULL,
	PRIMARY KEY (user_id, address)
);
CREATE INDEX login_failure_by_time ON login_failure (last_at);
