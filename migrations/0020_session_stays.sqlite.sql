-- Two files: only PostgreSQL leaves room in its pages.
-- The end that a refresh moves stands in no index any more: on PostgreSQL a refreshed session stays on its page, and no index is
-- written. Old sessions are found by the end that was set when they began.
DROP INDEX session_by_end;
CREATE INDEX session_by_longest ON session (ends_at);
