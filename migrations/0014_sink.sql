-- Where each receiver of events stands. One node at a time gives to it: the holder, as long as it says so again in time.
CREATE TABLE sink (
	name          TEXT   PRIMARY KEY,
	position      BIGINT NOT NULL, -- it has all events up to this number
	moved_at      BIGINT NOT NULL,
	failing_since BIGINT,
	reason        TEXT   NOT NULL DEFAULT '',
	holder        TEXT   NOT NULL DEFAULT '',
	held_until    BIGINT NOT NULL DEFAULT 0 -- by the database's clock
);
