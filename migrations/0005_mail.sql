-- One row a letter. `sealed` is what it says, encrypted: it may hold a link as good as a password. It is dropped once the
-- letter was delivered. Only letters that wait have a due_at; who sends one moves it into the future and leaves a claim.
CREATE TABLE mail (
	id            TEXT   NOT NULL PRIMARY KEY,
	recipient     TEXT   NOT NULL,
	domain        TEXT   NOT NULL,
	user_id       TEXT,
	template      TEXT   NOT NULL,
	language      TEXT   NOT NULL,
	subject       TEXT   NOT NULL,
	status        TEXT   NOT NULL,
	attempts      BIGINT NOT NULL DEFAULT 0,
	reason        TEXT,
	sealed        TEXT,
	claim         TEXT,
	due_at        BIGINT,
	created_at    BIGINT NOT NULL,
	queued_at     BIGINT NOT NULL,
	done_at       BIGINT
);
CREATE INDEX mail_due ON mail (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mail_due_by_domain ON mail (domain, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mail_by_status ON mail (status, id);
CREATE INDEX mail_by_user ON mail (user_id, id);

-- A queue for each domain that letters go to: when it was last served, and until when it is left alone after failures.
CREATE TABLE mail_queue (
	domain     TEXT   NOT NULL PRIMARY KEY,
	served_at  BIGINT NOT NULL DEFAULT 0,
	failures   BIGINT NOT NULL DEFAULT 0,
	held_until BIGINT NOT NULL DEFAULT 0
);
