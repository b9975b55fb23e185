-- Who deactivated or deleted an account himself may undo it; a deleted one is erased for good at erase_at.
ALTER TABLE users ADD COLUMN status_own BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN erase_at BIGINT;
ALTER TABLE users ADD COLUMN exported_at BIGINT;
CREATE INDEX users_to_erase ON users (erase_at) WHERE erase_at IS NOT NULL;
-- For lists by date of registration, and for counts that need no row.
CREATE INDEX users_by_created ON users (created_at, number);
CREATE INDEX users_verified ON users (number) WHERE email_verified;

-- Whose data an event holds: when that person is erased, the event keeps its ids alone.
ALTER TABLE outbox ADD COLUMN person TEXT;
CREATE INDEX outbox_by_person ON outbox (person) WHERE person IS NOT NULL;

-- What went to a person's address before there was an account is found when he is erased.
CREATE INDEX mail_by_recipient ON mail (recipient);
-- And what was kept long enough, without a look at all the rest.
CREATE INDEX mail_by_age ON mail (COALESCE(done_at, created_at)) WHERE status <> 'queued';
CREATE INDEX invitation_by_email ON invitation (email_key);

-- A row whose personal data was taken out carries a MAC over what is left; `salt` goes with the data, so that nobody finds
-- it by trying what would give the row's hash. The checkpoint stands for the rows that were kept long enough.
ALTER TABLE audit ADD COLUMN salt TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN redacted TEXT NOT NULL DEFAULT '';
CREATE TABLE audit_checkpoint (
	id   BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
	seq  BIGINT NOT NULL,
	at   BIGINT NOT NULL,
	hash TEXT   NOT NULL,
	mac  TEXT   NOT NULL
);
-- People who were erased, and whose rows of the audit log are still to be emptied.
CREATE TABLE audit_erasure (
	user_id   TEXT   NOT NULL PRIMARY KEY,
	at        BIGINT NOT NULL,
	looked_at BIGINT NOT NULL
);
