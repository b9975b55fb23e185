-- Whose photo a file is: asked before a file is removed. Most people have none, and NULLs are left out.
CREATE INDEX users_by_avatar ON users (avatar_url) WHERE avatar_url IS NOT NULL;
CREATE INDEX users_by_cover ON users (cover_url) WHERE cover_url IS NOT NULL;
