/* SPDX-License-Identifier: MIT */
/* log.h - the one way to the journal, to syslog or to standard error */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h> /* LOG_ERR and its kin: priorities */

/** enum log_event_id - what happened; each has a name (TSP_EVENT) and a MESSAGE_ID */
enum log_event_id {
	EVENT_OFFERED,    /* a tunnel was built and offered */
	EVENT_ACCEPTED,   /* the client accepted: it holds the lease now */
	EVENT_PRESENT,    /* its secret was heard: it is there */
	EVENT_SILENT,     /* its secret is heard no more */
	EVENT_TWO_PLACES, /* two clients take the tunnel of one account in turn */
	EVENT_WITHDRAWN,  /* offered, but rejected or never accepted: taken back */
	EVENT_REFUSED,    /* a request was answered with an error */
	EVENT_ENDED,      /* a lease ended: deleted, released, replaced, expired */
	EVENT_EXTENDED, /* a client that is heard still has its lease: once a lifetime */
	EVENT_RESTORED, /* a tunnel was built again for a lease */
	EVENT_MOVED,    /* a lease has addresses of other ranges from now on */
	EVENT_AUTH_FAILED,
	EVENT_TEMPLATE_FAILED,
	EVENT_LEASE_DAMAGED, /* a line of an allocation file is out of use */
	EVENT_UP,            /* tspc: a tunnel is up */
	EVENT_DOWN,          /* tspc: it is up no more */
	EVENT_NO_TUNNEL,     /* tspc: a server refused, or does not answer */
	EVENT_COUNT,
};

/** struct log_fields - what an event is about; NULL and 0 mean: not known, leave it out */
struct log_fields {
	const char *peer;    /* IPv4 address of the client, with port where it matters */
	const char *user;    /* user id; anonymous clients have none */
	const char *claimed; /* user id of the users file that a refused login named */
	const char *reason;  /* which rule refused a request */
	const char *address; /* IPv6 address of the client's tunnel end */
	const char *prefix;  /* delegated prefix */
	const char *pool;    /* "users" or "anonymous" */
	const char *server;  /* tspc: whom it asked */
	const char *device;  /* tspc: the tunnel's device */
	unsigned status;     /* TSP status code */
	uint32_t lease;      /* lease number */
	bool unproven;       /* nothing has shown that the lease's client is there */
	bool new_owner;      /* the lease was another client's before, or nobody's */
};

/**
 * log_gate - may a line be logged?
 * @priority:	Of the line
 * @lease:	Fields of EVENT_ACCEPTED and EVENT_ENDED; NULL: any other line. It is not
 *		asked about other events of leases
 */
typedef bool log_gate(int priority, const struct log_fields *lease);

void log_set_gate(log_gate *ask);
void log_open(const char *program, bool stderr_is_peer);
void log_open_tool(const char *program);
void log_msg(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_event(enum log_event_id id, int priority, const struct log_fields *fields,
	       const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
