-- Spreads the tables of people over the servers of a Citus cluster. Run once on the coordinator, by the owner of the tables,
-- when the cluster has its workers (citus_add_node) and the database its schema (roster migrate), and no node of Roster runs:
--
--   psql -X -v ON_ERROR_STOP=1 -d DATABASE -c 'CREATE EXTENSION IF NOT EXISTS citus' -f citus.sql
--
-- Citus wants every unique constraint of a distributed table to hold the column that it is distributed by, and foreign keys to
-- stay on one server. What each line gives up, and who keeps the rule then, stands in doc/scaling.md. Whoever adds a table
-- names it here: test/e2e/citus.test.mjs holds this file against the rules and against the schema.
--
-- Stays on the coordinator, by name, as it is:
-- local: outbox, audit, audit_checkpoint, audit_erasure (one sequence of numbers, one chain)
-- local: mail, mail_queue, flow, registration, invitation, idempotency, login_proof, push_request (queues that empty themselves)
-- local: sink, webhook, webhook_queue, webhook_delivery, inbox (receivers of events, and what neighbours said)
-- local: report, strike (few, and read in one order by those who keep order)
-- local: signing_key, client, installation, role, schema_migration (a few rows)

-- An address or a name is one row, found by its key on one server; the person is on another, so nothing cascades. The program
-- itself removes the rows when a person is erased.
ALTER TABLE login_name DROP CONSTRAINT login_name_user_id_fkey;

-- Words are searched together with each server's own people: every server has all of them, and a reference table may not
-- refer to a distributed one. The program removes these rows as well.
ALTER TABLE user_search DROP CONSTRAINT user_search_number_fkey;
ALTER TABLE user_word DROP CONSTRAINT user_word_number_fkey;

-- The number comes from one sequence on the coordinator, which gives each once; no server could see that it is unique.
ALTER TABLE users DROP CONSTRAINT users_pkey;
CREATE INDEX users_by_number ON users (number);
ALTER TABLE users REPLICA IDENTITY USING INDEX users_id_key;

-- Ids are random (UUIDv7): unique within a person is enough. A refresh token of the first form names its session alone.
ALTER TABLE session DROP CONSTRAINT session_pkey;
ALTER TABLE session ADD PRIMARY KEY (user_id, id);
CREATE INDEX session_by_id ON session (id);

-- That a device is one person's the program sees to, by looking the token up first.
ALTER TABLE push_token DROP CONSTRAINT push_token_pkey, DROP CONSTRAINT push_token_key_key;
ALTER TABLE push_token ADD PRIMARY KEY (user_id, id), ADD UNIQUE (user_id, key);
CREATE INDEX push_token_by_id ON push_token (id);
CREATE INDEX push_token_by_key ON push_token (key);

SELECT create_reference_table('user_search');
SELECT create_reference_table('user_word');
SELECT create_distributed_table('login_name', 'key', colocate_with => 'none');
SELECT create_distributed_table('users', 'id', colocate_with => 'none');
SELECT create_distributed_table('session', 'user_id', colocate_with => 'users');
SELECT create_distributed_table('password', 'user_id', colocate_with => 'users');
SELECT create_distributed_table('preference', 'user_id', colocate_with => 'users');
SELECT create_distributed_table('push_token', 'user_id', colocate_with => 'users');
SELECT create_distributed_table('notification', 'user_id', colocate_with => 'users');
SELECT create_distributed_table('login_place', 'user_id', colocate_with => 'users');
SELECT create_distributed_table('login_failure', 'user_id', colocate_with => 'users');
SELECT create_distributed_table('login_total', 'subject', colocate_with => 'users');
-- What a person is to others stands with him; who is something to him is asked on every server. Whom he follows are people of
-- other servers: their profiles are brought to where the list is made.
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET citus.enable_repartition_joins = on', current_database()); END $$;
SELECT create_distributed_table('relation', 'from_id', colocate_with => 'users');
SELECT create_distributed_table('social_profile', 'user_id', colocate_with => 'users');
SELECT create_distributed_table('moderation_profile', 'user_id', colocate_with => 'users');
