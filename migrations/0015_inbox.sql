-- Requests for push notifications that came by the broker, by the id that their sender gave: none is worked on twice.
CREATE TABLE push_request (
	request_id TEXT    PRIMARY KEY,
	at         BIGINT  NOT NULL,
	held_until BIGINT  NOT NULL, -- until then somebody is at it
	done       BOOLEAN NOT NULL
);
CREATE INDEX push_request_by_time ON push_request (at);

-- What neighbours said, as far as it concerns accounts: kept, so that the two tables below can be built from it again.
CREATE TABLE inbox (
	event_id    TEXT   PRIMARY KEY,
	type        TEXT   NOT NULL,
	at          BIGINT NOT NULL, -- when it happened, as they say
	received_at BIGINT NOT NULL,
	user_id     TEXT   NOT NULL,
	other_id    TEXT   -- who is followed
);
CREATE INDEX inbox_by_user ON inbox (user_id);
CREATE INDEX inbox_by_other ON inbox (other_id) WHERE other_id IS NOT NULL;

CREATE TABLE social_profile (
	user_id         TEXT   PRIMARY KEY,
	posts_count     BIGINT NOT NULL DEFAULT 0,
	likes_count     BIGINT NOT NULL DEFAULT 0,
	followers_count BIGINT NOT NULL DEFAULT 0,
	following_count BIGINT NOT NULL DEFAULT 0,
	synced_at       BIGINT NOT NULL
);

CREATE TABLE moderation_profile (
	user_id           TEXT   PRIMARY KEY,
	reports_count     BIGINT NOT NULL DEFAULT 0,
	open_reports      BIGINT NOT NULL DEFAULT 0,
	suspensions_count BIGINT NOT NULL DEFAULT 0,
	suspended_at      BIGINT, -- when the newest word about a suspension was said; an older one changes nothing
	synced_at         BIGINT NOT NULL
);
