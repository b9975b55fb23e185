-- Two files: the number is SQLite's rowid and PostgreSQL's identity; search is FTS5 here and pg_trgm there.
CREATE TABLE users (
	number             INTEGER PRIMARY KEY AUTOINCREMENT,
	id                 TEXT    NOT NULL UNIQUE,
	username           TEXT    NOT NULL,
	email              TEXT,
	email_verified     BOOLEAN NOT NULL DEFAULT FALSE,
	name               TEXT,
	first_name         TEXT,
	last_name          TEXT,
	display_name       TEXT,
	bio                TEXT,
	website            TEXT,
	location           TEXT,
	gender             TEXT,
	date_of_birth      TEXT,
	avatar_url         TEXT,
	cover_url          TEXT,
	role               TEXT    NOT NULL DEFAULT 'user',
	status             TEXT    NOT NULL DEFAULT 'active',
	status_reason      TEXT,
	status_until       BIGINT,
	visibility         TEXT    NOT NULL DEFAULT 'public',
	is_private         BOOLEAN NOT NULL DEFAULT FALSE,
	push_token         TEXT,
	email_notifications BOOLEAN NOT NULL DEFAULT TRUE,
	push_notifications BOOLEAN NOT NULL DEFAULT TRUE,
	followers_count    BIGINT  NOT NULL DEFAULT 0,
	following_count    BIGINT  NOT NULL DEFAULT 0,
	posts_count        BIGINT  NOT NULL DEFAULT 0,
	credential_version BIGINT  NOT NULL DEFAULT 1,
	created_at         BIGINT  NOT NULL,
	updated_at         BIGINT  NOT NULL,
	last_login_at      BIGINT,
	last_active_at     BIGINT,
	deleted_at         BIGINT
);
CREATE INDEX users_by_username ON users (username, number);
CREATE INDEX users_by_status ON users (status, number);
CREATE INDEX users_by_role ON users (role, status, number);

-- E-mails ("e:...") and user names ("u:...") as canonical keys made by the program: one table makes both unique.
CREATE TABLE login_name (
	key     TEXT NOT NULL PRIMARY KEY,
	user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX login_name_by_user ON login_name (user_id);

-- Words to be found by prefix or middle: the canonical forms of a user's names. rowid = users.number.
CREATE VIRTUAL TABLE user_search USING fts5 (words, tokenize = 'trigram case_sensitive 1', detail = 'full');

-- The same names word by word, to be found by their beginning however short.
CREATE TABLE user_word (
	word   TEXT NOT NULL,
	number BIGINT NOT NULL REFERENCES users (number) ON DELETE CASCADE,
	PRIMARY KEY (word, number)
) WITHOUT ROWID;
CREATE INDEX user_word_by_user ON user_word (number, word);
