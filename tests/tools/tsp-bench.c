/* SPDX-License-Identifier: MIT */
/*
 * tsp-bench.c - many sessions, and how long each took
 *
 * Every worker process makes one connection after another, from a loopback address of
 * its own (127.W.x.y, so that each session is another anonymous client), and
 * writes down the time from connect() to what it waits for:
 *
 *	eof	the server closes (a baseline that does nothing)
 *	version	CAPABILITY is received, the connection closed
 *	offer	an anonymous tunnel is offered, then accepted
 *	udp	the same over UDP; lost messages are sent again
 *	nat	over UDP, account FIRST and those after it (user00000, password s3cret, by
 *		PLAIN), each with a v6udpv4 tunnel, all from 127.0.0.1, ports from 10000 on
 *	apart	the same, from an address each
 *	digest	the same by DIGEST-MD5
 *
 * Output: one line, tab-separated: what, workers, sessions, failed, seconds, sessions/s,
 * median ms, 90th percentile ms.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/tools/lib/gogoc_digest.h"
#include "tests/tools/lib/rudp.h"

#define SESSIONS_MAX 200000
#define WORKERS_MAX  500
#define FIRST_PORT   10000

static const char accept_text[] =
	"Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n";

/** now() - seconds of the monotonic clock */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/** open_connection() - from @source to @port on 127.0.0.1; -1 when it fails */
static int open_connection(struct in_addr source, unsigned short port)
{
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr = source};
	struct sockaddr_in to = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons(port)};
	struct timeval limit = {.tv_sec = 30};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		close(fd);
		return -1;
	}
	return fd;
}

/** exchange() - send a text, wait for an answer that begins with @expected */
static bool exchange(int fd, const char *text, const char *expected)
{
	char reply[4096];
	size_t len = strlen(text);
	ssize_t n;

	if (len && send(fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		return false;
	n = recv(fd, reply, sizeof(reply) - 1, 0);
	if (n < (ssize_t)strlen(expected))
		return false;
	reply[n] = '\0';
	return strstr(reply, expected) != NULL;
}

static bool wait_for_end(int fd)
{
	char rest[256];
	ssize_t n;

	while ((n = recv(fd, rest, sizeof(rest), 0)) > 0)
		;
	return n == 0 || errno == ECONNRESET;
}

/** write_request() - of a tunnel of this type */
static void write_request(char request[320], const char *type, struct in_addr source)
{
	char body[256], ip[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &source, ip, sizeof(ip));
	snprintf(body, sizeof(body),
		 "<tunnel action=\"create\" type=\"%s\" proxy=\"no\"><client>"
		 "<address type=\"ipv4\">%s</address></client></tunnel>\r\n",
		 type, ip);
	snprintf(request, 320, "Content-length: %zu\r\n%s", strlen(body), body);
}

static bool ask_for_tunnel(int fd, struct in_addr source)
{
	char request[320];

	write_request(request, "v6v4", source);
	return exchange(fd, request, "200 Success");
}

/** tell_bytes() - a message over UDP, and an answer that begins with, or has, @expected */
static bool tell_bytes(struct rudp *r, const char *text, size_t len, const char *expected)
{
	char reply[4097];
	ssize_t n = rudp_exchange(r, text, len, reply, sizeof(reply) - 1);

	if (n < 0)
		return false;
	reply[n] = '\0';
	return strstr(reply, expected) != NULL;
}

static bool tell(struct rudp *r, const char *text, const char *expected)
{
	return tell_bytes(r, text, strlen(text), expected);
}

/** digest_login() - by DIGEST-MD5 as account number @user */
static bool digest_login(struct rudp *r, long user)
{
	char name[16], challenge[4097], response[GOGOC_DIGEST_LINE_MAX],
		rspauth[GOGOC_DIGEST_LINE_MAX];
	const struct gogoc_digest_login login = {
		.user = name, .password = "s3cret", .uri = "tsp/127.0.0.1"};
	const char *first = "AUTHENTICATE DIGEST-MD5\r\n";
	ssize_t n;

	snprintf(name, sizeof(name), "user%05ld", user);
	n = rudp_exchange(r, first, strlen(first), challenge, sizeof(challenge) - 1);
	if (n < 0)
		return false;
	challenge[n] = '\0';
	challenge[strcspn(challenge, "\r\n")] = '\0';
	return !gogoc_digest_answer(&login, challenge, response, rspauth) &&
	       tell(r, response, "") && tell(r, "", "200");
}

/** udp_login() - by PLAIN as account number @user, or as nobody; @user is negative then */
static bool udp_login(struct rudp *r, long user, bool digest)
{
	char text[32];
	int len;

	if (user < 0)
		return tell(r, "AUTHENTICATE ANONYMOUS\r\n", "200");
	if (digest)
		return digest_login(r, user);
	if (!tell(r, "AUTHENTICATE PLAIN\r\n", ""))
		return false;
	len = snprintf(text, sizeof(text), "%cuser%05ld%cs3cret\r\n", 0, user, 0);
	return tell_bytes(r, text, (size_t)len, "200");
}

/** udp_session() - one of them over UDP; its seconds, or a negative number when it failed */
static double udp_session(struct in_addr source, unsigned short port, long user,
			  bool digest)
{
	struct rudp r = {.sequence = 0xf0000000, .again_ms = 1000, .tries = 10};
	char request[320], from[INET_ADDRSTRLEN], to[8];
	double begin = now(), took;
	bool done;

	inet_ntop(AF_INET, &source, from, sizeof(from));
	snprintf(to, sizeof(to), "%hu", port);
	if (rudp_open(&r, "127.0.0.1", to, from,
		      user < 0 ? 0 : FIRST_PORT + (unsigned)user))
		return -1;
	write_request(request, user < 0 || digest ? "v6v4" : "v6udpv4", source);
	done = tell(&r, "VERSION=2.0.2\r\n", "CAPABILITY") &&
	       udp_login(&r, user, digest) && tell(&r, request, "200 Success");
	took = now() - begin;
	done = done && tell(&r, accept_text, "");
	close(r.fd);
	return done ? took : -1;
}

/** session() - one of them; its seconds, or a negative number when it failed */
static double session(const char *what, struct in_addr source, unsigned short port,
		      long user)
{
	double begin = now(), took;
	bool done;
	int fd;

	if (!strcmp(what, "nat"))
		source.s_addr = htonl(INADDR_LOOPBACK);
	if (!strcmp(what, "nat") || !strcmp(what, "apart") || !strcmp(what, "digest"))
		return udp_session(source, port, user, !strcmp(what, "digest"));
	if (!strcmp(what, "udp"))
		return udp_session(source, port, -1, false);
	fd = open_connection(source, port);
	if (fd < 0)
		return -1;
	if (!strcmp(what, "eof")) {
		done = wait_for_end(fd);
	} else {
		done = exchange(fd, "VERSION=2.0.2\r\n", "CAPABILITY");
		if (!strcmp(what, "offer"))
			done = done &&
			       exchange(fd, "AUTHENTICATE ANONYMOUS\r\n", "200") &&
			       ask_for_tunnel(fd, source);
	}
	took = now() - begin;
	if (done && !strcmp(what, "offer"))
		done = send(fd, accept_text, strlen(accept_text), MSG_NOSIGNAL) > 0 &&
		       wait_for_end(fd);
	close(fd);
	return done ? took : -1;
}

/** work() - worker @w: its share of the sessions, one after another, from account @first on */
static void work(const char *what, unsigned w, unsigned short port, unsigned count,
		 unsigned first, double *took)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		struct in_addr source = {
			htonl(0x7f000000u | (w + 1) << 15 | (first + i + 1))};

		took[i] = session(what, source, port, (long)first + w * count + i);
	}
}

static int ascending(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void report(const char *what, unsigned workers, double *took, unsigned count,
		   double seconds)
{
	unsigned failed = 0;

	qsort(took, count, sizeof(*took), ascending);
	while (failed < count && took[failed] < 0)
		failed++;
	took += failed;
	count -= failed;
	printf("%s\t%u\t%u\t%u\t%.3f\t%.1f\t%.3f\t%.3f\n", what, workers, count, failed,
	       seconds, count / seconds, count ? took[count / 2] * 1e3 : 0,
	       count ? took[count * 9 / 10] * 1e3 : 0);
}

int main(int argc, char **argv)
{
	unsigned workers, each, w, total, first;
	unsigned short port;
	double *took, begin;

	if (argc < 5 || argc > 6 || !(port = (unsigned short)atoi(argv[1])) ||
	    !(workers = (unsigned)atoi(argv[3])) || !(each = (unsigned)atoi(argv[4])) ||
	    workers > WORKERS_MAX || each >= 1 << 15 || workers * each > SESSIONS_MAX) {
		fputs("usage: tsp-bench PORT eof|version|offer|udp|nat|apart|digest "
		      "WORKERS "
		      "SESSIONS-OF-EACH [FIRST]\n",
		      stderr);
		return 100;
	}
	total = workers * each;
	first = argc == 6 ? (unsigned)atoi(argv[5]) : 0;
	took = mmap(NULL, total * sizeof(*took), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (took == MAP_FAILED)
		return 111;

	begin = now();
	for (w = 0; w < workers; w++) {
		if (fork() == 0) {
			work(argv[2], w, port, each, first, took + (size_t)w * each);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	report(argv[2], workers, took, total, now() - begin);
	return 0;
}
