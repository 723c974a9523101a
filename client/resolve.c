/* SPDX-License-Identifier: MIT */
/*
 * resolve.c - the IPv4 addresses of a name
 *
 * The resolver library reads what name servers send, and loads what nsswitch.conf names.
 * So a process without privileges does it, returns a packet of binary addresses and ends.
 */
#include "client/resolve.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include "client/child.h"
#include "client/events.h"
#include "lib/addr.h"
#include "lib/clock.h"
#include "sandbox/sandbox.h"
#include "tsp/io.h"

#define RESOLVE_MS 15000

/** look_up() - in the process without privileges */
static int look_up(int fd, void *host)
{
	struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM}, *a,
			*list = NULL;
	struct resolve_result result = {0};

	if (sandbox_resolver())
		return 1;
	result.error = getaddrinfo(host, NULL, &hints, &list);
	for (a = list; a && result.count < RESOLVE_MAX; a = a->ai_next)
		result.list[result.count++] =
			((const struct sockaddr_in *)(const void *)a->ai_addr)->sin_addr;
	return send(fd, &result, sizeof(result), MSG_NOSIGNAL) != sizeof(result);
}

/**
 * resolve() - look a name up
 * @host:	Name, or an IPv4 address
 * @out:	Result; @out->error is one of getaddrinfo() after a failure
 *
 * Return: 0; -1 when there is no answer, or when a signal asks to end
 */
int resolve(const char *host, struct resolve_result *out)
{
	struct child child;
	ssize_t n = -1;

	memset(out, 0, sizeof(*out));
	if (!addr_parse4(host, &out->list[0])) {
		out->count = 1;
		return 0;
	}
	out->error = EAI_AGAIN;
	if (child_start(&child, look_up, (void *)host))
		return -1;
	if (events_wait_fd(child.fd, clock_ms() + RESOLVE_MS) == EVENTS_READY)
		n = recv(child.fd, out, sizeof(*out), MSG_TRUNC | MSG_DONTWAIT);
	child_end(&child);
	if (events_stopping())
		return -1;
	if (n != sizeof(*out) || out->count > RESOLVE_MAX) {
		out->count = 0;
		out->error = EAI_AGAIN;
	} else if (!out->error && !out->count) {
		out->error = EAI_NODATA;
	}
	return out->error ? -1 : 0;
}
