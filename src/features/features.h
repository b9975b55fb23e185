/* The features, by name. features.c lists them: read it to know what the program does. */
#ifndef FEATURES_FEATURES_H
#define FEATURES_FEATURES_H

struct feature;

extern const struct feature account_feature, audit_feature, block_feature, client_feature, contact_feature,
	dispatch_feature, events_feature, flow_feature, follow_feature, graph_feature, health_feature,
	idempotency_feature, importer_feature, inbox_feature, invitation_feature, key_feature, limit_feature,
	lockout_feature, mail_feature, notification_feature, oauth_feature, password_feature, photo_feature,
	preference_feature, push_feature, realtime_feature, recovery_feature, registration_feature, relation_feature,
	report_feature, role_feature, session_feature, setup_feature, user_feature, verification_feature,
	webhook_feature;

#endif
