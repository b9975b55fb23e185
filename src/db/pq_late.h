/* libpq, loaded when the first PostgreSQL store is opened: it brings LDAP, Kerberos and GnuTLS along, which a server on
 * SQLite should not hold in memory (decision 0021). */
#ifndef DB_PQ_LATE_H
#define DB_PQ_LATE_H

#include <libpq-fe.h>
#include <stdbool.h>

/* The functions that are used, with the types of the header. */
#define PQ_FUNCTIONS(X) \
	X(PQclear) \
	X(PQcmdTuples) \
	X(PQconnectdbParams) \
	X(PQconninfoFree) \
	X(PQconninfoParse) \
	X(PQconsumeInput) \
	X(PQenterPipelineMode) \
	X(PQerrorMessage) \
	X(PQexitPipelineMode) \
	X(PQfinish) \
	X(PQfname) \
	X(PQgetResult) \
	X(PQgetisnull) \
	X(PQgetlength) \
	X(PQfreemem) \
	X(PQgetvalue) \
	X(PQisBusy) \
	X(PQnfields) \
	X(PQnotifies) \
	X(PQntuples) \
	X(PQpipelineSync) \
	X(PQresultErrorField) \
	X(PQresultStatus) \
	X(PQsendPrepare) \
	X(PQsendQuery) \
	X(PQsendQueryParams) \
	X(PQsendQueryPrepared) \
	X(PQsetNoticeProcessor) \
	X(PQsocket) \
	X(PQstatus)

#define PQ_MEMBER(name_) __typeof__(name_) *name_;
extern struct pq_late {
	PQ_FUNCTIONS(PQ_MEMBER)
} pq;

/* Fills `pq`; from any thread, as often as one likes. False and *why when the library is not there. */
bool pq_load(const char **why);

#endif
