/* clang-format off */
#include "api/op.h"
#include "features/features.h"

const struct feature *const features_all[] = {
	&account_feature,  /* register, log in */
	&session_feature,  /* who am I allowed to be: refresh, log out, list, end */
	&user_feature,     /* profiles: read, change, find, administer */
	&relation_feature, /* what people are to each other: rows */
	&notification_feature, /* what a person is told */
	&follow_feature,   /* who follows whom, requests, suggestions */
	&block_feature,    /* whom a person wants nothing of */
	&report_feature,   /* reports, strikes, appeals */
	&preference_feature, /* what a person prefers */
	&push_feature,     /* where a push notification reaches him */
	&dispatch_feature, /* requests for push notifications, by the broker */
	&contact_feature,  /* how the services beside this one reach people */
	&importer_feature, /* accounts in and out as files */
	&password_feature, /* change a password */
	&flow_feature,     /* one-time tokens and codes */
	&registration_feature, /* accounts that wait for the proof of their address */
	&verification_feature, /* prove an address, get another */
	&recovery_feature,     /* a forgotten password */
	&invitation_feature,   /* ask somebody in */
	&photo_feature,    /* photo and cover: decode, keep, serve */
	&role_feature,     /* what an account may do */
	&client_feature,   /* service credentials */
	&oauth_feature,    /* OAuth 2.0 token, introspection, revocation */
	&key_feature,      /* signing keys, JWKS */
	&mail_feature,     /* letters: templates, queue, built-in mailbox */
	&inbox_feature,    /* what the services beside this one say of people */
	&audit_feature,    /* who did what */
	&events_feature,   /* what happened, in order */
	&webhook_feature,  /* events by HTTP to whoever is named */
	&realtime_feature, /* who is connected, and what they hear */
	&graph_feature,    /* the same operations by GraphQL */
	&health_feature,   /* is it well, and how busy */
	&lockout_feature,  /* against guessing passwords */
	&idempotency_feature, /* nothing is done twice */
	&limit_feature,    /* how much one caller may do in a minute */
	&setup_feature,    /* the first administrator */
	NULL,
};
