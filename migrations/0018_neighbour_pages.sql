-- What a neighbour's page said a person's numbers were, and when: events after that moment are added to it.
ALTER TABLE social_profile ADD COLUMN said_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE social_profile ADD COLUMN said_posts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE social_profile ADD COLUMN said_likes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE social_profile ADD COLUMN said_followers BIGINT NOT NULL DEFAULT 0;
ALTER TABLE social_profile ADD COLUMN said_following BIGINT NOT NULL DEFAULT 0;
ALTER TABLE moderation_profile ADD COLUMN said_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE moderation_profile ADD COLUMN said_reports BIGINT NOT NULL DEFAULT 0;
ALTER TABLE moderation_profile ADD COLUMN said_open BIGINT NOT NULL DEFAULT 0;
ALTER TABLE moderation_profile ADD COLUMN said_suspensions BIGINT NOT NULL DEFAULT 0;
