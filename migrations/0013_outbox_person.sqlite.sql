-- Two files: whose data an event holds is read out of its JSON by other functions there and here.
UPDATE outbox SET person = CASE WHEN subject_type = 'user' THEN subject_id ELSE json_extract(data, '$.user_id') END
	WHERE subject_type IN ('user', 'session') AND subject_id <> '';
