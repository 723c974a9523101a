// SPDX-License-Identifier: MIT
/*
 * taken_over.c - a session in enemy hands, in a real handler
 *
 * Linked before libtsp.a, session_run() takes the place of the real one: it lets go of the
 * broker, as an honest session does at its end, keeps the connection and never ends.
 */
#include "session/session.h"

#include <poll.h>
#include <unistd.h>

int session_run(const struct config *config, const struct session_link *link, int broker)
{
	(void)config;
	(void)link;
	close(broker);
	for (;;)
		poll(NULL, 0, -1);
}
