/* SPDX-License-Identifier: MIT */
/* log_quota.h - how many lines a session, and an address, may write into the journal */
#ifndef LIB_LOG_QUOTA_H
#define LIB_LOG_QUOTA_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#define LOG_QUOTA_SESSION 16 /* lines of a session */
#define LOG_QUOTA_SOURCE  64 /* lines of an address at once ... */
#define LOG_QUOTA_REFILL  4  /* ... and one more in so many seconds */

void log_quota_begin(const char *state, struct in_addr source);
bool log_quota_pass(int priority);
void log_quota_end(void);

#endif
