/* SPDX-License-Identifier: MIT */
/* crowd.c - many hostile connections at a time, in one process */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/abuse/abuse.h"

#define FIRST_SOURCE 0x7f420001u /* 127.66.0.1 */

/** struct guest - one connection */
struct guest {
	int fd; /* -1: none */
	char *text;
	size_t len, sent;
	double next; /* when the next byte is due */
	bool heard, connecting;
};

/** struct party - all of them */
struct party {
	const struct crowd *crowd;
	struct damage *damage;
	struct guest *guests;
	struct pollfd *polls;
	unsigned open;
	double end;
};

double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/** connect_from() - to @port of 127.0.0.1; -1 with errno; without @wait it may still be under way */
int connect_from(struct in_addr source, unsigned short port, bool wait)
{
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = source};
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (wait ? 0 : SOCK_NONBLOCK),
			0);

	if (fd < 0)
		return -1;
	if (!bind(fd, (struct sockaddr *)&from, sizeof(from)) &&
	    (!connect(fd, (struct sockaddr *)&to, sizeof(to)) || errno == EINPROGRESS))
		return fd;
	close(fd);
	return -1;
}

static void leave(struct party *p, struct guest *g)
{
	if (!g->heard && p->crowd->attack->ending != END_CLOSE)
		p->damage->unheard++;
	close(g->fd);
	free(g->text);
	*g = (struct guest){.fd = -1};
	p->open--;
}

/** enter() - one more connection; false when that cannot be */
static bool enter(struct party *p, struct guest *g)
{
	const struct crowd *c = p->crowd;
	struct in_addr source = {htonl(FIRST_SOURCE + p->damage->opened % c->sources)};

	if (c->total && p->damage->opened >= c->total)
		return false;
	g->fd = connect_from(source, c->port, false);
	if (g->fd < 0)
		return false;
	g->text = c->attack->text(p->damage->opened, &g->len);
	g->connecting = true;
	p->damage->opened++;
	if (++p->open > p->damage->peak)
		p->damage->peak = p->open;
	return true;
}

/** speak() - send the next bytes; false when the connection is over */
static bool speak(struct party *p, struct guest *g, double now)
{
	const struct attack *a = p->crowd->attack;
	size_t left = g->len - g->sent;
	ssize_t n;

	g->connecting = false;
	if (left) {
		n = send(g->fd, g->text + g->sent, a->pace_ms ? 1 : left, MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		g->sent += (size_t)n;
		g->next = now + a->pace_ms / 1e3;
	}
	return g->sent < g->len || a->ending != END_CLOSE;
}

/** listen_to() - take what the server says; false when it has closed */
static bool listen_to(struct party *p, struct guest *g)
{
	char data[4096];
	ssize_t n = recv(g->fd, data, sizeof(data) - 1, 0);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	data[n] = '\0';
	g->heard = true;
	if (strstr(data, "<tunnel action=\"info\""))
		p->damage->granted++;
	return true;
}

/** wants() - what poll() is to wait for */
static short wants(const struct guest *g, double now)
{
	bool due = g->connecting || (g->sent < g->len && now >= g->next);

	return (short)(POLLIN | (due ? POLLOUT : 0));
}

/** round_of() - see what each can do, once */
static void round_of(struct party *p)
{
	double now = seconds_now();
	unsigned i;

	for (i = 0; i < p->crowd->width; i++) {
		struct guest *g = &p->guests[i];

		if (g->fd < 0 && now < p->end)
			enter(p, g);
		p->polls[i] = (struct pollfd){
			.fd = g->fd, .events = g->fd < 0 ? (short)0 : wants(g, now)};
	}
	poll(p->polls, p->crowd->width, 20);
	for (i = 0; i < p->crowd->width; i++) {
		struct guest *g = &p->guests[i];
		short events = p->polls[i].revents;

		if (g->fd < 0 || !events)
			continue;
		if ((events & (POLLERR | POLLHUP) && !(events & POLLIN)) ||
		    (events & POLLOUT && !speak(p, g, now)) ||
		    (events & POLLIN && !listen_to(p, g)))
			leave(p, g);
	}
}

/** is_over() - time is up, or all connections have ended */
static bool is_over(const struct party *p)
{
	const struct crowd *c = p->crowd;

	if (seconds_now() >= p->end)
		return true;
	return c->total && p->damage->opened >= c->total && !p->open;
}

/**
 * crowd_run() - run hostile connections for their time
 * @crowd:	The connections
 * @out:	Result
 */
void crowd_run(const struct crowd *crowd, struct damage *out)
{
	double begin = seconds_now();
	struct party p = {.crowd = crowd, .damage = out, .end = begin + crowd->seconds};
	unsigned i;

	*out = (struct damage){0};
	p.guests = calloc(crowd->width, sizeof(*p.guests));
	p.polls = calloc(crowd->width, sizeof(*p.polls));
	if (!p.guests || !p.polls) {
		perror("abuse");
		exit(111);
	}
	for (i = 0; i < crowd->width; i++)
		p.guests[i].fd = -1;
	while (!is_over(&p))
		round_of(&p);
	out->seconds = seconds_now() - begin;
	for (i = 0; i < crowd->width; i++) {
		if (p.guests[i].fd >= 0) {
			p.guests[i].heard = true;
			leave(&p, &p.guests[i]);
		}
	}
	free(p.guests);
	free(p.polls);
}
