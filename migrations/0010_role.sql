-- Roles of one's own. The built-in ones stand in the program. `permissions` are names with blanks between them; who gives
-- a role to an account writes granted_at, so that a removal of the role at the same moment collides with it.
CREATE TABLE role (
	name        TEXT   NOT NULL PRIMARY KEY,
	description TEXT   NOT NULL,
	permissions TEXT   NOT NULL,
	created_at  BIGINT NOT NULL,
	updated_at  BIGINT NOT NULL,
	granted_at  BIGINT
);
