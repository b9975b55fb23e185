-- A service's secret of before its rotation is good beside the new one for a while.
ALTER TABLE client ADD COLUMN old_secret_hash TEXT;
ALTER TABLE client ADD COLUMN old_secret_until BIGINT;
