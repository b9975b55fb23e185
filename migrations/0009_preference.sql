-- What a person prefers. What others' requests ask about him stands in his own row, so that a profile is one look-up and a
-- list one statement; the rest is a row that exists only once something differs from the defaults.
ALTER TABLE users ADD COLUMN show_email BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE users ADD COLUMN show_location BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE users ADD COLUMN show_online_status BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE users ADD COLUMN allow_messages BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE users ADD COLUMN allow_tagging BOOLEAN NOT NULL DEFAULT TRUE;

CREATE TABLE preference (
	user_id               TEXT    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
	theme                 TEXT    NOT NULL,
	language              TEXT    NOT NULL,
	timezone              TEXT    NOT NULL,
	date_format           TEXT    NOT NULL,
	time_format           TEXT    NOT NULL,
	sms_notifications     BOOLEAN NOT NULL,
	marketing_emails      BOOLEAN NOT NULL,
	activity_visibility   TEXT    NOT NULL,
	allow_data_collection BOOLEAN NOT NULL,
	custom                TEXT    NOT NULL,
	updated_at            BIGINT  NOT NULL
);

-- Where a push notification reaches a person. A token is one device's and belongs to one person. The key is the token, or
-- the hash of a long one: an index takes no more than a third of a page.
CREATE TABLE push_token (
	id         TEXT    NOT NULL PRIMARY KEY,
	user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	key        TEXT    NOT NULL UNIQUE,
	token      TEXT    NOT NULL,
	platform   TEXT    NOT NULL,
	device     TEXT,
	session_id TEXT,
	by_profile BOOLEAN NOT NULL,
	created_at BIGINT  NOT NULL,
	used_at    BIGINT  NOT NULL
);
CREATE INDEX push_token_by_user ON push_token (user_id, used_at);
CREATE INDEX push_token_by_session ON push_token (session_id) WHERE session_id IS NOT NULL;

-- Tokens that profiles name already; the older account loses one that two of them name.
INSERT INTO push_token (id, user_id, key, token, platform, by_profile, created_at, used_at)
	SELECT id, id, push_token, push_token, 'other', TRUE, updated_at, updated_at FROM users
	WHERE number IN (SELECT MAX(number) FROM users WHERE push_token IS NOT NULL AND status <> 'deleted' GROUP BY push_token);
UPDATE users SET push_token = NULL
	WHERE push_token IS NOT NULL AND NOT EXISTS (SELECT 1 FROM push_token WHERE push_token.user_id = users.id);

-- Names that a profile hides must not find it: words that only the hidden names hold are for those who may see them.
ALTER TABLE user_word ADD COLUMN shown BOOLEAN NOT NULL DEFAULT TRUE;
UPDATE user_word SET shown = FALSE
	WHERE number IN (SELECT number FROM users WHERE visibility <> 'public' OR is_private)
	AND word <> (SELECT username FROM users WHERE users.number = user_word.number);
