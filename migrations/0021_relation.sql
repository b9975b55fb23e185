-- What one person is to another, as he said it: follow, ask (a follow that waits for consent), block, mute. A list of any of
-- them, either way, is read from one index alone, in the order of its moments.
CREATE TABLE relation (
	from_id TEXT   NOT NULL,
	to_id   TEXT   NOT NULL,
	kind    TEXT   NOT NULL,
	id      TEXT   NOT NULL,
	at      BIGINT NOT NULL, -- when it began to be of this kind
	reason  TEXT,            -- of a block, for the eyes of who said it
	PRIMARY KEY (from_id, to_id, kind)
);
CREATE INDEX relation_by_from ON relation (from_id, kind, at, to_id);
CREATE INDEX relation_by_to ON relation (to_id, kind, at, from_id);
