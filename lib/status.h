/* SPDX-License-Identifier: MIT */
/* status.h - TSP status codes and their texts (RFC 5572, appendix B) */
#ifndef LIB_STATUS_H
#define LIB_STATUS_H

#include <stdbool.h>

enum status {
	STATUS_SUCCESS = 200,
	STATUS_AUTH_FAILED = 300,
	STATUS_NO_TUNNELS = 301,
	STATUS_VERSION = 302,
	STATUS_TUNNEL_TYPE = 303,
	STATUS_SERVER_ERROR = 310,
	STATUS_BAD_REQUEST = 500,
	STATUS_BAD_IPV4 = 501,
	STATUS_BAD_IPV6 = 502,
	STATUS_IPV4_IN_USE = 506,
	STATUS_PREFIX_LENGTH = 507,
	STATUS_IN_PROGRESS = 521,
	STATUS_BUSY = 530,
};

#define STATUS_WITH_BROKERS 1000 /* added when a list of other brokers follows */

const char *status_text(enum status status);
bool status_redirects(enum status status);

#endif
