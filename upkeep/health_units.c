/* SPDX-License-Identifier: MIT */
/* health_units.c - units and sockets of the broker */
#include "upkeep/health_units.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/parse.h"
#include "upkeep/lines.h"

#define BOOTED     "/run/systemd/system" /* sd_booted(3) */
#define TCP_LISTEN 0x0A                  /* states in /proc/net */
#define UDP_OPEN   0x07

/** struct asking - the answer of systemctl: a block of KEY=VALUE for each unit */
struct asking {
	struct health_units *out;
	char id[64], active[32], trigger[32];
	bool any;
};

/** take_block() - use the block of a unit */
static void take_block(struct asking *a)
{
	struct health_units *u = a->out;
	uint64_t ran;
	bool active = !strcmp(a->active, "active"), failed = !strcmp(a->active, "failed");

	if (!strcmp(a->id, "tsp-expire.timer")) {
		u->timer = active;
		if (*a->trigger == '@' && !parse_u64(a->trigger + 1, &ran))
			u->timer_ran = (time_t)ran;
	} else if (!strcmp(a->id, "tsp-expire.service")) {
		u->expire_failed = failed;
	} else if (!strcmp(a->id, "tsp-restore.service")) {
		u->restored = active;
		u->restore_failed = failed;
	} else if (!strcmp(a->id, "tsp.socket") || !strcmp(a->id, "tsp-listen.socket")) {
		u->tcp_failed |= failed;
	} else if (!strcmp(a->id, "tsp-udp.socket")) {
		u->udp_failed = failed;
	}
	a->any |= *a->id != '\0';
	*a->id = *a->active = *a->trigger = '\0';
}

/** note() - lines_visitor(): a property, or the empty line behind a block */
static int note(void *context, char *line)
{
	struct asking *a = context;
	char *value = strchr(line, '=');

	if (!value) {
		take_block(a);
		return 0;
	}
	*value++ = '\0';
	if (!strcmp(line, "Id"))
		snprintf(a->id, sizeof(a->id), "%s", value);
	else if (!strcmp(line, "ActiveState"))
		snprintf(a->active, sizeof(a->active), "%s", value);
	else if (!strcmp(line, "LastTriggerUSec"))
		snprintf(a->trigger, sizeof(a->trigger), "%s", value);
	return 0;
}

/** health_units_ask() - ask systemd for the units; @out->known is false without it */
void health_units_ask(struct health_units *out)
{
	static const char *const argv[] = {"systemctl",
					   "show",
					   "--timestamp=unix",
					   "-p",
					   "Id,ActiveState,LastTriggerUSec",
					   "tsp-expire.timer",
					   "tsp-expire.service",
					   "tsp-restore.service",
					   "tsp.socket",
					   "tsp-listen.socket",
					   "tsp-udp.socket",
					   NULL};
	struct asking a = {.out = out};

	*out = (struct health_units){.known = false};
	if (access(BOOTED, F_OK) || lines_each(argv, note, &a))
		return;
	take_block(&a);
	out->known = a.any;
}

/** listens() - /proc/net/FILE has an open socket at this port */
static bool listens(const char *file, unsigned port, unsigned wanted)
{
	char path[32], line[512];
	unsigned local, state;
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/net/%s", file);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &local,
			   &state) == 2)
			found = local == port && state == wanted;
	}
	if (f)
		fclose(f);
	return found;
}

/**
 * health_units_listen() - a socket of this machine takes clients
 * @protocol:	"tcp" or "udp"
 * @port:	Port
 */
bool health_units_listen(const char *protocol, unsigned port)
{
	unsigned wanted = strcmp(protocol, "tcp") ? UDP_OPEN : TCP_LISTEN;
	char six[8];

	snprintf(six, sizeof(six), "%s6", protocol);
	return listens(protocol, port, wanted) || listens(six, port, wanted);
}
