/* clang-format off */
#include "api/graph.h"
#include "api/op.h"
#include "features/features.h"
#include "features/invitation/invitation.h"
#include "features/role/role.h"
#include "features/user/user.h"
#include "features/user/user_name.h"

const char *const invitation_status_names[] = { "open", "accepted", "revoked", "expired", NULL };

TYPE(invitation,
	FIELD(invitation, id, UUID | REQUIRED, "Identifier"),
	FIELD(invitation, email, EMAIL | REQUIRED | SENSITIVE, "Who is invited"),
	FIELD(invitation, role, REQUIRED, "Role that the account will have"),
	FIELD(invitation, name, SENSITIVE, "Name of the person"),
	FIELD_ENUM(invitation, status, invitation_status_names, REQUIRED, "What became of it"),
	FIELD(invitation, inviter_id, REQUIRED, "Who invited; empty: the command line of the server's host"),
	FIELD(invitation, created_at, TIME | REQUIRED, "When"),
	FIELD(invitation, expires_at, TIME | REQUIRED, "Until when it can be accepted"),
	FIELD(invitation, accepted_at, TIME, "When it was accepted"),
	FIELD(invitation, revoked_at, TIME, "When it was taken back, or replaced by a newer one"),
	FIELD(invitation, user_id, UUID, "The account that it became"),
	FIELD(invitation, email_key, HIDDEN, "Canonical form of the address"));
TYPE(invitation_new,
	FIELD(invitation_new, email, REQUIRED | TRIM, "Who to invite", .max = 254, .check = email_check),
	FIELD(invitation_new, role, 0, "Role of the account; another than `user` needs role.grant", .dflt = "user",
		.check = role_check),
	FIELD(invitation_new, name, TRIM, "Name of the person", .max = 255));
TYPE(invitation_ref,
	FIELD(invitation_ref, id, UUID | REQUIRED | IN_PATH, "Which invitation"));
TYPE(invitation_query,
	CURSOR_FIELDS(invitation_query));
TYPE(invitation_list,
	FIELD_LIST(invitation_list, items, invitation, REQUIRED, "Invitations, newest first"),
	FIELD_OBJECT(invitation_list, page, page, REQUIRED, "Place in the list"));
TYPE(invitation_answer,
	FIELD(invitation_answer, token, REQUIRED | SENSITIVE | TRIM, "From the link of the letter", .min = 1, .max = 100),
	FIELD(invitation_answer, password, REQUIRED, "8 to 256 characters that are hard to guess", .min = 8, .max = 256),
	FIELD(invitation_answer, username, TRIM, "Unique name; made from the address when absent", .min = 3, .max = 50,
		.check = username_check),
	FIELD(invitation_answer, name, TRIM, "Full name", .max = 255),
	FIELD(invitation_answer, device, TRIM, "Name of the device, for the list of sessions", .max = 100));

const struct event invitation_created = EVENT("invitation.created", "invitation", &invitation_type, "Somebody was invited");
const struct event invitation_accepted = EVENT("invitation.accepted", "invitation", &invitation_type, "Somebody came in by an invitation");
const struct event invitation_revoked = EVENT("invitation.revoked", "invitation", &invitation_type, "An invitation was taken back");

OP_BIND(invitation_create, invitation_new, invitation);
OP_BIND(invitation_list, invitation_query, invitation_list);
OP_BIND(invitation_revoke, invitation_ref, none);
OP_BIND_WORK(invitation_accept, invitation_answer, invitation_work, signed_in);

CONF_GROUP(invitation, "invitation",
	CONF(invitation, lifetime, CONF_DURATION | CONF_RELOAD, "24h", "How long an invitation can be accepted",
		.min = 60000, .max = INT64_C(7776000000)));

const struct feature invitation_feature = {
	.name = "invitation",
	.doc = "Ask people in by a letter",
	.ops = (const struct op[]){
		{ OP(invitation_create), .rest = "POST /invitations", .status = 201, .need = PERM_USER_WRITE, .flags = OP_WRITE,
		  .rate = RATE_WRITE, .doc = "Invite somebody by e-mail; the newest invitation of an address replaces the others",
		  .message = "Invitation sent" },
		{ OP(invitation_list), .rest = "GET /invitations", .need = PERM_USER_WRITE, .doc = "List invitations" },
		{ OP(invitation_revoke), .rest = "DELETE /invitations/{id}", .need = PERM_USER_WRITE, .flags = OP_WRITE,
		  .rate = RATE_WRITE, .doc = "Take an open invitation back", .message = "Invitation revoked" },
		{ OP(invitation_accept), .rest = "POST /invitations/accept", .status = 201, .rate = RATE_AUTH,
		  .flags = OP_WRITE | OP_ANYONE | OP_HASH | OP_NO_CLI | OP_NO_STORE | OP_NO_IDEMPOTENCY | OP_COOKIES,
		  .doc = "Accept an invitation: make the account and log in", .message = "Welcome" },
		{ 0 },
	},
	.graph_edges = (const struct graph_edge[]){
		USER_EDGE(invitation, "inviter_id", "inviter", "Who invited"),
		USER_EDGE(invitation, "user_id", "user", "Whose account it became"),
		{ 0 },
	},
	.events = (const struct event *const[]){ &invitation_created, &invitation_accepted, &invitation_revoked, NULL },
	.jobs = (const struct feature_job[]){ { "invitation_clean", 3600000, invitation_clean, JOB_WRITE }, { 0 } },
	.conf = &invitation_conf_group,
	.erase = invitation_erase,
	.parts = (const struct personal_part[]){
		{ "invitations.json", "How you were asked in", &invitation_type, invitation_part }, { 0 } },
};
