-- What people report of others, and what moderators made of it.
CREATE TABLE report (
	id           TEXT   PRIMARY KEY,
	reporter_id  TEXT,            -- NULL: whoever it was is erased
	user_id      TEXT   NOT NULL, -- of whom
	content_type TEXT   NOT NULL, -- '' and '': of the person himself
	content_id   TEXT   NOT NULL,
	type         TEXT   NOT NULL,
	reason       TEXT,
	evidence     TEXT,            -- JSON that the reporter's application gave
	snapshot     TEXT   NOT NULL, -- JSON of the profile as it was
	status       TEXT   NOT NULL, -- open, claimed, resolved
	claimed_by   TEXT,
	claimed_at   BIGINT,
	resolution   TEXT,            -- warn, suspend, ban, dismiss
	note         TEXT,            -- for moderators
	resolved_by  TEXT,
	resolved_at  BIGINT,
	created_at   BIGINT NOT NULL
);
-- The same person reports the same thing once, until it was looked at.
CREATE UNIQUE INDEX report_once ON report (reporter_id, user_id, content_type, content_id) WHERE status <> 'resolved';
CREATE INDEX report_by_status ON report (status, id);
CREATE INDEX report_by_user ON report (user_id, id);
CREATE INDEX report_by_reporter ON report (reporter_id, id);

-- What a moderator did to an account because of a report.
CREATE TABLE strike (
	id          TEXT   PRIMARY KEY,
	user_id     TEXT   NOT NULL,
	report_id   TEXT   NOT NULL,
	kind        TEXT   NOT NULL, -- warning, suspension, ban
	reason      TEXT   NOT NULL, -- as the person is told
	until       BIGINT,
	given_by    TEXT   NOT NULL,
	created_at  BIGINT NOT NULL,
	status      TEXT   NOT NULL, -- standing, appealed, upheld, lifted
	appeal      TEXT,
	appealed_at BIGINT,
	decision    TEXT,            -- as the person is told
	decided_by  TEXT,
	decided_at  BIGINT
);
CREATE INDEX strike_by_user ON strike (user_id, id);
CREATE INDEX strike_by_status ON strike (status, id);
