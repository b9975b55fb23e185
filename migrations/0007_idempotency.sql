-- Answers that are given again to who repeats a request. The slot is a MAC over caller, method, path and key; the fingerprint
-- one over the input; what was answered is sealed.
CREATE TABLE idempotency (
	slot        TEXT   NOT NULL PRIMARY KEY,
	fingerprint TEXT   NOT NULL,
	sealed      TEXT   NOT NULL,
	expires_at  BIGINT NOT NULL
);
CREATE INDEX idempotency_by_end ON idempotency (expires_at);
