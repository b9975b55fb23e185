/* clang-format off */
#include "api/op.h"
#include "features/features.h"
#include "features/photo/photo.h"
#include "features/photo/photo_http.h"

TYPE(photo_owner,
	FIELD(photo_owner, id, UUID | REQUIRED | IN_PATH, "Whose"));
TYPE(photo_ref,
	FIELD(photo_ref, folder, REQUIRED | IN_PATH, "First two characters of the name"),
	FIELD(photo_ref, name, REQUIRED | IN_PATH, "Name of the file"));

OP_BIND(avatar_set, photo_owner, user);
OP_BIND(avatar_set_me, none, user);
OP_BIND(avatar_clear, photo_owner, user);
OP_BIND(avatar_clear_me, none, user);
OP_BIND(cover_set, photo_owner, user);
OP_BIND(cover_set_me, none, user);
OP_BIND(cover_clear, photo_owner, user);
OP_BIND(cover_clear_me, none, user);
OP_BIND_RAW(photo_read, photo_ref, none);

CONF_GROUP(photo, "photo",
	CONF(photo, body_max, CONF_SIZE, "10MiB", "Largest file that is taken for a photo", .min = 1024, .max = 32 << 20),
	CONF(photo, timeout, CONF_DURATION | CONF_RELOAD, "10s", "Longest time to read a photo", .min = 100, .max = 60000),
	CONF(photo, at_once, CONF_RELOAD, "2", "How many photos are read at the same time", .min = 1, .max = 64));

#define OWN .flags = OP_WRITE | OP_NO_CLI, .rate = RATE_WRITE, .reads = "user_me", .tag = "photo"
#define OF_ANY .need = PERM_USER_WRITE, .own = "id", .rate = RATE_WRITE, .reads = "user_get", .tag = "photo"
#define AVATAR .file = photo_take_avatar, .file_body = true
#define COVER .file = photo_take_cover, .file_body = true

const struct feature photo_feature = {
	.name = "photo",
	.doc = "Photos and cover pictures",
	.ops = (const struct op[]){
		{ OP(avatar_set_me), .rest = "PUT /users/me/avatar", OWN, AVATAR,
		  .doc = "Set your photo", .message = "Photo updated successfully" },
		{ OP(avatar_clear_me), .rest = "DELETE /users/me/avatar", OWN,
		  .doc = "Remove your photo", .message = "Photo removed successfully" },
		{ OP(cover_set_me), .rest = "PUT /users/me/cover", OWN, COVER,
		  .doc = "Set your cover picture", .message = "Cover updated successfully" },
		{ OP(cover_clear_me), .rest = "DELETE /users/me/cover", OWN,
		  .doc = "Remove your cover picture", .message = "Cover removed successfully" },
		{ OP(avatar_set), .rest = "PUT /users/{id}/avatar", OF_ANY, AVATAR, .flags = OP_WRITE | OP_SERVICE | OP_NO_CLI,
		  .doc = "Set a person's photo", .message = "Photo updated successfully" },
		{ OP(avatar_clear), .rest = "DELETE /users/{id}/avatar", OF_ANY, .flags = OP_WRITE | OP_SERVICE,
		  .doc = "Remove a person's photo", .message = "Photo removed successfully" },
		{ OP(cover_set), .rest = "PUT /users/{id}/cover", OF_ANY, COVER, .flags = OP_WRITE | OP_SERVICE | OP_NO_CLI,
		  .doc = "Set a person's cover picture", .message = "Cover updated successfully" },
		{ OP(cover_clear), .rest = "DELETE /users/{id}/cover", OF_ANY, .flags = OP_WRITE | OP_SERVICE,
		  .doc = "Remove a person's cover picture", .message = "Cover removed successfully" },
		{ OP(photo_read), .root = "GET /uploads/{folder}/{name}", .raw = photo_read_http, .rate = RATE_NONE,
		  .flags = OP_ANYONE | OP_SERVICE | OP_PUBLIC | OP_HIDDEN | OP_NO_CLI | OP_NO_DB, .doc = "A photo" },
		{ 0 },
	},
	.jobs = (const struct feature_job[]){ { "photo_clean_replaced", 2000, photo_clean_replaced, JOB_READ },
					      { "photo_clean", 240000, photo_clean, JOB_READ }, { 0 } },
	.conf = &photo_conf_group,
	.erase = photo_drop,
};
