-- Two files: only PostgreSQL leaves room in its pages.
-- Suspensions that come to their end are looked for every few seconds: without a look at all who are suspended.
CREATE INDEX users_suspended_until ON users (status_until) WHERE status_until IS NOT NULL;

-- Each log-in notes its moment in the person's row. With room beside it the new version stays on its page; else it goes to
-- another, and each of the dozen indexes of the table is written too.
ALTER TABLE users SET (fillfactor = 85);
ALTER TABLE preference SET (fillfactor = 85);

-- How many names hold a piece of text is guessed from a sample of them, which has to be large enough for pieces that few hold: of
-- a hundred names one stands for a hundredth of all people, and PostgreSQL then walks through half of them to fill a page.
ALTER TABLE user_search ALTER COLUMN words SET STATISTICS 1000;
