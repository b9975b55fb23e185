-- Two files: only PostgreSQL leaves room in its pages.
-- Suspensions that come to their end are looked for every few seconds: without a look at all who are suspended.
CREATE INDEX users_suspended_until ON users (status_until) WHERE status_until IS NOT NULL;
