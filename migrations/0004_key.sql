-- Signing keys of access tokens; the private half sealed under a key of the master key.
CREATE TABLE signing_key (
	kid        TEXT   NOT NULL PRIMARY KEY,
	alg        TEXT   NOT NULL,
	sealed     TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	signs_from BIGINT NOT NULL,
	retired_at BIGINT
);

-- Service credentials (OAuth 2.0 clients). The secret is 256 random bits: its SHA-256 is kept.
CREATE TABLE client (
	id          TEXT   NOT NULL PRIMARY KEY,
	name        TEXT   NOT NULL,
	secret_hash TEXT   NOT NULL,
	scope       TEXT   NOT NULL,
	created_at  BIGINT NOT NULL,
	revoked_at  BIGINT
);

-- Facts about this installation: which master key its secrets are sealed with, the set-up token, ...
CREATE TABLE installation (
	name  TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
);
