/* SPDX-License-Identifier: MIT */
/*
 * honest.c - clients that only want a tunnel, meanwhile, and how long they wait for it
 *
 * Half of them are anonymous, and each session has another address; the others have an
 * account each and use the same address every time.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/abuse/abuse.h"

#define SESSIONS_MAX 20000
#define CLIENTS_MAX  32
#define FIRST_GUEST  0x7f4d0001u /* 127.77.0.1 */
#define FIRST_USER   0x7f4e0001u /* 127.78.0.1 */
#define PATIENCE     10          /* seconds */
#define PAUSE_MS     100         /* between two sessions of a client */

/** struct honest - all of them; shared between processes */
struct honest {
	unsigned short port;
	unsigned clients;
	const char *user, *password;
	pid_t pids[CLIENTS_MAX];
	volatile bool stop;
	unsigned count;
	double took[SESSIONS_MAX]; /* seconds to the offer; negative: none */
};

/** exchange() - send, and wait for a reply that has @expected in it */
static bool exchange(int fd, const char *data, size_t len, const char *expected)
{
	char reply[4097];
	ssize_t n;

	if (len && send(fd, data, len, MSG_NOSIGNAL) != (ssize_t)len)
		return false;
	n = recv(fd, reply, sizeof(reply) - 1, 0);
	if (n <= 0)
		return false;
	reply[n] = '\0';
	return strstr(reply, expected);
}

/** log_in() - as a guest, or as a user of one's own */
static bool log_in(const struct honest *h, int fd, unsigned client)
{
	static const char guest[] = "AUTHENTICATE ANONYMOUS\r\n";
	char text[256];
	int n;

	if (client % 2 == 0)
		return exchange(fd, guest, sizeof(guest) - 1, "200");
	n = snprintf(text, sizeof(text), "AUTHENTICATE PLAIN\r\n%c%c%s%u%c%s\r\n", 0, 0,
		     h->user, client, 0, h->password);
	return exchange(fd, text, (size_t)n, "200");
}

static bool ask(int fd, struct in_addr source)
{
	char body[256], text[320];

	snprintf(body, sizeof(body),
		 "<tunnel action=\"create\" type=\"v6v4\" proxy=\"no\"><client>"
		 "<address type=\"ipv4\">%s</address></client></tunnel>\r\n",
		 inet_ntoa(source));
	snprintf(text, sizeof(text), "Content-length: %zu\r\n%s", strlen(body), body);
	return exchange(fd, text, strlen(text), "200 Success");
}

/** session() - from connect to accept; seconds to the offer, negative without an offer */
static double session(const struct honest *h, unsigned client, struct in_addr source)
{
	static const char version[] = "VERSION=2.0.2\r\n";
	static const char accept_text[] =
		"Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n";
	const struct timeval patience = {.tv_sec = PATIENCE};
	double begin = seconds_now(), took = -1;
	int fd = connect_from(source, h->port, true);
	char rest[256];

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (exchange(fd, version, sizeof(version) - 1, "CAPABILITY") &&
	    log_in(h, fd, client) && ask(fd, source)) {
		took = seconds_now() - begin;
		if (send(fd, accept_text, strlen(accept_text), MSG_NOSIGNAL) < 0)
			took = -1;
		while (recv(fd, rest, sizeof(rest), 0) > 0)
			;
	}
	close(fd);
	return took;
}

/** be_client() - one session after the other until told to stop */
static _Noreturn void be_client(struct honest *h, unsigned client)
{
	struct in_addr source = {htonl(FIRST_USER + client)};
	unsigned at, i;

	for (i = 0; !h->stop; i++) {
		if (client % 2 == 0)
			source.s_addr = htonl(FIRST_GUEST + (client << 10) + i % 200);
		at = __atomic_fetch_add(&h->count, 1, __ATOMIC_RELAXED);
		if (at >= SESSIONS_MAX)
			break;
		h->took[at] = session(h, client, source);
		usleep(PAUSE_MS * 1000);
	}
	_exit(0);
}

/**
 * honest_start() - let them begin
 * @port:	Server's, on 127.0.0.1
 * @clients:	How many at a time
 * @user:	User ids are this and a number
 * @password:	Of all of them
 */
struct honest *honest_start(unsigned short port, unsigned clients, const char *user,
			    const char *password)
{
	struct honest *h = mmap(NULL, sizeof(*h), PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned i;

	if (h == MAP_FAILED) {
		perror("abuse");
		exit(111);
	}
	h->port = port;
	h->clients = clients < CLIENTS_MAX ? clients : CLIENTS_MAX;
	h->user = user;
	h->password = password;
	for (i = 0; i < h->clients; i++) {
		h->pids[i] = fork();
		if (h->pids[i] == 0)
			be_client(h, i);
	}
	return h;
}

/** honest_stop() - let each end its session */
void honest_stop(struct honest *h)
{
	unsigned i;

	h->stop = true;
	for (i = 0; i < h->clients; i++)
		waitpid(h->pids[i], NULL, 0);
}

static int ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/** honest_print() - sessions tried and served, in percent; median, 90th percentile, longest */
void honest_print(struct honest *h)
{
	unsigned count = h->count < SESSIONS_MAX ? h->count : SESSIONS_MAX, failed = 0;
	double *took = h->took;

	qsort(took, count, sizeof(*took), ascending);
	while (failed < count && took[failed] < 0)
		failed++;
	took += failed;
	count -= failed;
	printf(" %6u %6u %6.1f", count + failed, count,
	       count + failed ? 100.0 * count / (count + failed) : 0);
	printf(" %6.0f %6.0f %6.0f\n", count ? took[count / 2] * 1e3 : 0,
	       count ? took[count * 9 / 10] * 1e3 : 0, count ? took[count - 1] * 1e3 : 0);
}
