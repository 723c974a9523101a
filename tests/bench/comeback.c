/* SPDX-License-Identifier: MIT */
/*
 * comeback.c - many clients connect at once, and each tries again until it is served
 *
 * usage: comeback PORT CLIENTS SECONDS
 *
 * All connect to 127.0.0.1 in the first moment, each from its own address, from 127.64.0.0
 * on, and ask for an anonymous tunnel. A client that is closed, refused or left waiting
 * for PATIENCE seconds tries again after a pause of 1 to 2 seconds at first, then twice
 * as long each time, up to 30, as clients in the field do, whose first pause is longer.
 * A client is served when it has accepted an offer and seen the server end the session.
 *
 * Output, tab-separated: clients, served, seconds until the last one was, connections in
 * all, the most of one client, error statuses. Exit status 0: all were served.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FIRST       0x7f400001u /* 127.64.0.1 */
#define CLIENTS_MAX 65536
#define PATIENCE    30.0
#define PAUSE_MIN   1.0
#define PAUSE_MAX   30.0
#define TICK_MS     50

/** enum step - what a client waits for */
enum step { PAUSED, CAPABILITY, LOGIN, OFFER, END, SERVED };

/** struct client - one of them */
struct client {
	int fd;
	enum step step;
	double due;   /* PAUSED: when to come again; else when patience ends */
	double pause; /* the next one */
	unsigned tries;
};

/** struct crowd - all of them */
struct crowd {
	struct client *clients;
	unsigned count, served, statuses, tries, most;
	unsigned short port;
	int poll;
	double last; /* when somebody was served */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/** leave() - the connection is over; unless that was the end, there will be another */
static void leave(struct crowd *c, struct client *client, bool served)
{
	close(client->fd);
	client->fd = -1;
	client->step = served ? SERVED : PAUSED;
	if (served) {
		c->served++;
		c->last = now();
		if (client->tries > c->most)
			c->most = client->tries;
		return;
	}
	client->due = now() + client->pause * (1 + drand48());
	client->pause *= 2;
	if (client->pause > PAUSE_MAX / 2)
		client->pause = PAUSE_MAX / 2;
}

/** come() - a new connection */
static void come(struct crowd *c, struct client *client)
{
	uint32_t address = FIRST + (uint32_t)(client - c->clients);
	struct sockaddr_in from = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(address)};
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons(c->port)};
	struct epoll_event event = {.events = EPOLLOUT, .data.ptr = client};

	client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	client->step = CAPABILITY;
	client->due = now() + PATIENCE;
	client->tries++;
	c->tries++;
	if (client->fd < 0 || bind(client->fd, (struct sockaddr *)&from, sizeof(from)) ||
	    (connect(client->fd, (struct sockaddr *)&to, sizeof(to)) &&
	     errno != EINPROGRESS) ||
	    epoll_ctl(c->poll, EPOLL_CTL_ADD, client->fd, &event))
		leave(c, client, false);
}

static bool say(const struct client *client, const char *text)
{
	return send(client->fd, text, strlen(text), MSG_NOSIGNAL) ==
	       (ssize_t)strlen(text);
}

static bool ask(const struct crowd *c, const struct client *client)
{
	struct in_addr source = {htonl(FIRST + (uint32_t)(client - c->clients))};
	char body[256], text[512];

	snprintf(body, sizeof(body),
		 "<tunnel action=\"create\" type=\"v6v4\" proxy=\"no\"><client>"
		 "<address type=\"ipv4\">%s</address></client></tunnel>\r\n",
		 inet_ntoa(source));
	snprintf(text, sizeof(text), "Content-length: %zu\r\n%s", strlen(body), body);
	return say(client, text);
}

/** advance() - what was waited for has come; false: something else has */
static bool advance(const struct crowd *c, struct client *client, const char *reply)
{
	static const char accept_text[] =
		"Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n";

	switch (client->step) {
	case CAPABILITY:
		client->step = LOGIN;
		return strstr(reply, "CAPABILITY") &&
		       say(client, "AUTHENTICATE ANONYMOUS\r\n");
	case LOGIN:
		client->step = OFFER;
		return strstr(reply, "200") && ask(c, client);
	case OFFER:
		client->step = END;
		return strstr(reply, "200 Success") && say(client, accept_text);
	default:
		return false;
	}
}

/** hear() - bytes, or the end */
static void hear(struct crowd *c, struct client *client)
{
	char reply[4096];
	ssize_t n = recv(client->fd, reply, sizeof(reply) - 1, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		leave(c, client, n == 0 && client->step == END);
		return;
	}
	reply[n] = '\0';
	if (advance(c, client, reply))
		return;
	c->statuses++;
	leave(c, client, false);
}

/** turn() - see to whoever something has happened to */
static void turn(struct crowd *c)
{
	struct epoll_event events[256];
	int n = epoll_wait(c->poll, events, 256, TICK_MS), i;

	for (i = 0; i < n; i++) {
		struct client *client = events[i].data.ptr;
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};

		if (client->fd < 0)
			continue;
		if (events[i].events & (EPOLLERR | EPOLLHUP) &&
		    !(events[i].events & EPOLLIN))
			leave(c, client, false);
		else if (events[i].events & EPOLLOUT &&
			 (!say(client, "VERSION=2.0.2\r\n") ||
			  epoll_ctl(c->poll, EPOLL_CTL_MOD, client->fd, &event)))
			leave(c, client, false);
		else if (events[i].events & EPOLLIN)
			hear(c, client);
	}
}

/** look_at_clocks() - who comes again, and who has lost patience */
static void look_at_clocks(struct crowd *c)
{
	double t = now();
	unsigned i;

	for (i = 0; i < c->count; i++) {
		struct client *client = &c->clients[i];

		if (client->step == SERVED || t < client->due)
			continue;
		if (client->step == PAUSED)
			come(c, client);
		else
			leave(c, client, false);
	}
}

static void run(struct crowd *c, double seconds)
{
	double begin = now(), next = begin;

	while (c->served < c->count && now() < begin + seconds) {
		if (now() >= next) {
			look_at_clocks(c);
			next = now() + TICK_MS / 1e3;
		}
		turn(c);
	}
	printf("%u\t%u\t%.1f\t%u\t%u\t%u\n", c->count, c->served,
	       c->served ? c->last - begin : 0, c->tries, c->most, c->statuses);
}

int main(int argc, char **argv)
{
	struct rlimit files = {.rlim_cur = CLIENTS_MAX + 64,
			       .rlim_max = CLIENTS_MAX + 64};
	struct crowd c = {.poll = epoll_create1(EPOLL_CLOEXEC)};
	double seconds = argc == 4 ? atof(argv[3]) : 0;
	unsigned i;

	c.port = (unsigned short)(argc == 4 ? atoi(argv[1]) : 0);
	c.count = argc == 4 ? (unsigned)atoi(argv[2]) : 0;
	if (!c.port || !c.count || c.count > CLIENTS_MAX || seconds <= 0) {
		fputs("usage: comeback PORT CLIENTS SECONDS\n", stderr);
		return 100;
	}
	c.clients = calloc(c.count, sizeof(*c.clients));
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	if (!c.clients || c.poll < 0 || setrlimit(RLIMIT_NOFILE, &files)) {
		perror("comeback");
		free(c.clients);
		return 111;
	}
	for (i = 0; i < c.count; i++)
		c.clients[i] = (struct client){.fd = -1, .pause = PAUSE_MIN};
	run(&c, seconds);
	free(c.clients);
	return c.served == c.count ? 0 : 1;
}
