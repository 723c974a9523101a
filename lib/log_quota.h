/* SPDX-License-Identifier: MIT */
/* log_quota.h - how many lines sessions, addresses and leases may write into the journal */
#ifndef LIB_LOG_QUOTA_H
#define LIB_LOG_QUOTA_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/log.h"

#define LOG_QUOTA_SESSION 16 /* lines of a session */

/* Lines of an address, and events of a lease, at once; one more in this many seconds */
#define LOG_QUOTA_LINES  64
#define LOG_QUOTA_REFILL 4

/* The same for all clients over UDP that have proven nothing */
#define LOG_QUOTA_UNPROVEN        240
#define LOG_QUOTA_UNPROVEN_REFILL 1

void log_quota_begin(const char *state, struct in_addr source, bool proven);
void log_quota_begin_leases(const char *state);
void log_quota_proven(void);
bool log_quota_pass(int priority, const struct log_fields *lease);
void log_quota_end(void);

#endif
