/* SPDX-License-Identifier: MIT */
/*
 * udp_pinger.c - when clients with an offer that takes no state are pinged
 *
 * Kernels answer pings as soon as the tunnel is up at their end, many clients ping only after
 * half a minute. A client in queue i has had i pings. If a queue is full, the client is
 * not pinged again: its own pings serve as well.
 */
#include "listen/udp_pinger.h"

static const int64_t delays[UDP_PINGS] = {1000, 1000, 2000, 4000, 8000};

/** enqueue() - wait for ping @which */
static void enqueue(struct udp_pinger *p, size_t which, const struct udp_path *path,
		    int64_t now)
{
	size_t at;

	if (which == UDP_PINGS || p->count[which] == UDP_PINGER_ROOM)
		return;
	at = (p->head[which] + p->count[which]++) & (UDP_PINGER_ROOM - 1);
	p->queues[which][at] =
		(struct udp_ping){.path = *path, .due = now + delays[which]};
}

/** udp_pinger_add() - a client has accepted its offer */
void udp_pinger_add(struct udp_pinger *p, const struct udp_path *path, int64_t now)
{
	enqueue(p, 0, path, now);
}

/** first_of() - the client that has waited longest for ping @which, or NULL */
static const struct udp_ping *first_of(const struct udp_pinger *p, size_t which)
{
	return p->count[which] ? &p->queues[which][p->head[which]] : NULL;
}

/**
 * udp_pinger_take() - the next client to be pinged now
 * @p:		Pinger
 * @now:	Time in milliseconds
 * @out:	Result: its path
 *
 * Return: true; false when nobody is
 */
bool udp_pinger_take(struct udp_pinger *p, int64_t now, struct udp_path *out)
{
	const struct udp_ping *first;
	size_t i;

	for (i = 0; i < UDP_PINGS; i++) {
		first = first_of(p, i);
		if (!first || first->due > now)
			continue;
		*out = first->path;
		p->head[i] = (p->head[i] + 1) & (UDP_PINGER_ROOM - 1);
		p->count[i]--;
		enqueue(p, i + 1, out, now);
		return true;
	}
	return false;
}

/** udp_pinger_next() - when the next ping is due; INT64_MAX: none is */
int64_t udp_pinger_next(const struct udp_pinger *p)
{
	int64_t next = INT64_MAX;
	size_t i;

	for (i = 0; i < UDP_PINGS; i++) {
		if (first_of(p, i) && first_of(p, i)->due < next)
			next = first_of(p, i)->due;
	}
	return next;
}
