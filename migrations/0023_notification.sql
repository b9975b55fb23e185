-- What a person is told, kept until he read it and longer. The identifier is ordered by time: a list of one person is one range
-- of the primary key.
CREATE TABLE notification (
	user_id    TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	type       TEXT   NOT NULL, -- push, follow, follow_request, follow_accepted, or what a service sends
	state      TEXT   NOT NULL, -- shown; withdrawn by who caused it, deleted by its owner: kept for a day, so that none comes again
	created_at BIGINT NOT NULL,
	read_at    BIGINT,
	priority   BIGINT NOT NULL, -- 0 to 10
	actor_id   TEXT,            -- who caused it
	request_id TEXT,
	code       TEXT,            -- of a template
	title      TEXT,
	body       TEXT,
	data       TEXT   NOT NULL, -- a JSON object
	PRIMARY KEY (user_id, id)
);
CREATE INDEX notification_unread ON notification (user_id, id) WHERE read_at IS NULL AND state = 'shown';
CREATE UNIQUE INDEX notification_once ON notification (user_id, request_id) WHERE request_id IS NOT NULL;
CREATE INDEX notification_by_actor ON notification (actor_id, user_id, type) WHERE actor_id IS NOT NULL;
CREATE INDEX notification_by_age ON notification (created_at);
CREATE INDEX notification_away ON notification (created_at) WHERE state <> 'shown';
