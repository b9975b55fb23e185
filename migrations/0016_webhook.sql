-- Receivers of events by HTTP. `sealed` is the secret that signs, encrypted; the one before it signs too until its time is over.
CREATE TABLE webhook (
	id               TEXT    NOT NULL PRIMARY KEY,
	url              TEXT    NOT NULL,
	origin           TEXT    NOT NULL, -- of the URL, which may itself hold a secret
	description      TEXT    NOT NULL,
	patterns         TEXT    NOT NULL, -- of types, with blanks between
	form             TEXT    NOT NULL,
	enabled          BOOLEAN NOT NULL,
	disabled_reason  TEXT,
	sealed           TEXT    NOT NULL,
	old_sealed       TEXT,
	old_secret_until BIGINT,
	created_at       BIGINT  NOT NULL,
	updated_at       BIGINT  NOT NULL
);

-- The queue of each: when it was last served, how it answers, until when it is left alone. Apart from the rest, since it changes
-- with every delivery. Who puts something into a queue or ends something of it changes this row first: one after another.
CREATE TABLE webhook_queue (
	webhook_id      TEXT   NOT NULL PRIMARY KEY,
	served_at       BIGINT NOT NULL DEFAULT 0,
	failures        BIGINT NOT NULL DEFAULT 0, -- in a row
	failing_since   BIGINT,
	last_success_at BIGINT,
	held_until      BIGINT NOT NULL DEFAULT 0
);

-- What is to be sent, and what became of it. What the event says stays in the outbox alone, and is read when it is sent: what is
-- erased there is nowhere else. Of one subject only the first that waits has a due_at; who sends one moves it into the future
-- and leaves a claim.
CREATE TABLE webhook_delivery (
	webhook_id  TEXT   NOT NULL,
	sequence    BIGINT NOT NULL,
	event_id    TEXT   NOT NULL,
	event_type  TEXT   NOT NULL,
	subject     TEXT   NOT NULL,
	status      TEXT   NOT NULL,
	attempts    BIGINT NOT NULL DEFAULT 0,
	http_status BIGINT,
	reason      TEXT,
	claim       TEXT,
	due_at      BIGINT,
	queued_at   BIGINT NOT NULL,
	tried_at    BIGINT,
	done_at     BIGINT,
	PRIMARY KEY (webhook_id, sequence)
);
CREATE UNIQUE INDEX webhook_delivery_by_event ON webhook_delivery (webhook_id, event_id);
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_delivery_in_order ON webhook_delivery (webhook_id, subject, sequence) WHERE status = 'queued';
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (queued_at) WHERE status = 'queued';
CREATE INDEX webhook_delivery_by_status ON webhook_delivery (webhook_id, status, sequence);
CREATE INDEX webhook_delivery_done ON webhook_delivery (status, done_at) WHERE done_at IS NOT NULL;
CREATE INDEX webhook_delivery_dead ON webhook_delivery (webhook_id, done_at) WHERE status = 'dead';
