/* SPDX-License-Identifier: MIT */
/* status.c - TSP status codes and their texts (RFC 5572, appendix B) */
#include "lib/status.h"

#include <stddef.h>

static const struct {
	enum status status;
	bool redirects; /* another broker may be able to serve this client */
	const char *text;
} table[] = {
	{STATUS_SUCCESS, false, "Success"},
	{STATUS_AUTH_FAILED, false, "Authentication failed"},
	{STATUS_NO_TUNNELS, true, "No more tunnels available"},
	{STATUS_VERSION, true, "Unsupported client version"},
	{STATUS_TUNNEL_TYPE, true, "Unsupported tunnel type"},
	{STATUS_SERVER_ERROR, false, "Server side error"},
	{STATUS_BAD_REQUEST, false, "Invalid request format or specified length"},
	{STATUS_BAD_IPV4, false, "Invalid IPv4 address"},
	{STATUS_BAD_IPV6, false, "Invalid IPv6 address"},
	{STATUS_IPV4_IN_USE, false, "IPv4 address already used for existing tunnel"},
	{STATUS_PREFIX_LENGTH, false, "Requested prefix length cannot be assigned"},
	{STATUS_IN_PROGRESS, false, "Request already in progress"},
	{STATUS_BUSY, true, "Server too busy"},
};

/**
 * status_text() - what a status says to people
 *
 * Return: text, or NULL for a number that is no TSP status
 */
const char *status_text(enum status status)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].status == status)
			return table[i].text;
	}
	return NULL;
}

/** status_redirects() - this status becomes 1000 + itself when there are other brokers */
bool status_redirects(enum status status)
{
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].status == status)
			return table[i].redirects;
	}
	return false;
}
