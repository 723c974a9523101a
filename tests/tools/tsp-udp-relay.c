// SPDX-License-Identifier: MIT
/*
 * tsp-udp-relay.c - a bad network between UDP clients and a server
 *
 * usage: tsp-udp-relay PORT SERVER_PORT PERCENT SEED [SERVER OWN]
 *
 * Takes datagrams on 127.0.0.1:PORT and passes them to 127.0.0.1:SERVER_PORT, each client's
 * from its own port, and the answers back. Of all datagrams, both ways, PERCENT are
 * lost, PERCENT come twice and PERCENT come late, behind those sent after them. The same
 * SEED makes the same network. Prints a line when it is ready, and ends when its standard
 * input does.
 *
 * With the addresses SERVER and OWN the server is elsewhere, and sees each client at OWN and
 * the port that the client has.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 64
#define LATE_MAX    256
#define LATE_MS     400 /* up to so much later: longer than clients wait here */

/** struct client - one source, and the socket that stands for it at the server */
struct client {
	struct sockaddr_in address;
	int fd;
};

/** struct late - a datagram that waits */
struct late {
	int64_t due; /* 0: none */
	int fd;
	struct sockaddr_in to;
	size_t len;
	char data[4096];
};

static struct client clients[CLIENTS_MAX];
static size_t client_count;
static struct late late[LATE_MAX];
static struct sockaddr_in server, own; /* own: without an address: any port will do */
static unsigned percent;

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static struct sockaddr_in at(const char *address, const char *port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)atoi(port)),
				    .sin_addr.s_addr = inet_addr(address)};
}

static int open_at(const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && !bind(fd, (const struct sockaddr *)address, sizeof(*address)))
		return fd;
	perror("tsp-udp-relay");
	exit(111);
}

static bool happens(void)
{
	return (unsigned)(random() % 100) < percent;
}

static void deliver(int fd, const struct sockaddr_in *to, const void *data, size_t len)
{
	sendto(fd, data, len, 0, (const struct sockaddr *)to, sizeof(*to));
}

/** hold() - keep a datagram for a while; without room it goes at once */
static void hold(int fd, const struct sockaddr_in *to, const void *data, size_t len)
{
	size_t i;

	for (i = 0; i < LATE_MAX && late[i].due; i++)
		;
	if (i == LATE_MAX) {
		deliver(fd, to, data, len);
		return;
	}
	late[i].due = now_ms() + 1 + random() % LATE_MS;
	late[i].fd = fd;
	late[i].to = *to;
	late[i].len = len;
	memcpy(late[i].data, data, len);
}

/** pass() - a datagram through the bad network */
static void pass(int fd, const struct sockaddr_in *to, const void *data, size_t len)
{
	if (happens())
		return;
	if (happens())
		hold(fd, to, data, len);
	if (happens())
		hold(fd, to, data, len);
	else
		deliver(fd, to, data, len);
}

/** release() - send datagrams that are due; milliseconds until the next, -1: none waits */
static int release(void)
{
	int64_t now = now_ms(), next = -1;
	size_t i;

	for (i = 0; i < LATE_MAX; i++) {
		if (!late[i].due)
			continue;
		if (late[i].due <= now) {
			deliver(late[i].fd, &late[i].to, late[i].data, late[i].len);
			late[i].due = 0;
		} else if (next < 0 || late[i].due - now < next) {
			next = late[i].due - now;
		}
	}
	return (int)next;
}

/** client_of() - the entry of a source; NULL when there are too many */
static struct client *client_of(const struct sockaddr_in *source)
{
	size_t i;

	for (i = 0; i < client_count; i++) {
		if (clients[i].address.sin_port == source->sin_port &&
		    clients[i].address.sin_addr.s_addr == source->sin_addr.s_addr)
			return &clients[i];
	}
	if (client_count == CLIENTS_MAX)
		return NULL;
	clients[i].address = *source;
	if (own.sin_addr.s_addr)
		own.sin_port = source->sin_port;
	clients[i].fd = open_at(&own);
	client_count++;
	return &clients[i];
}

static void from_client(int listener)
{
	struct sockaddr_in source = {0};
	socklen_t size = sizeof(source);
	char data[4096];
	ssize_t n = recvfrom(listener, data, sizeof(data), 0, (struct sockaddr *)&source,
			     &size);
	struct client *c = n < 0 ? NULL : client_of(&source);

	if (c)
		pass(c->fd, &server, data, (size_t)n);
}

static void from_server(int listener, const struct client *c)
{
	char data[4096];
	ssize_t n = recv(c->fd, data, sizeof(data), 0);

	if (n >= 0)
		pass(listener, &c->address, data, (size_t)n);
}

static void relay(int listener)
{
	struct pollfd p[2 + CLIENTS_MAX] = {{.fd = STDIN_FILENO, .events = POLLIN},
					    {.fd = listener, .events = POLLIN}};
	char byte;
	size_t i, count;

	for (;;) {
		for (i = 0; i < client_count; i++)
			p[2 + i] = (struct pollfd){.fd = clients[i].fd, .events = POLLIN};
		count = client_count;
		if (poll(p, 2 + count, release()) < 0)
			return;
		if (p[0].revents && read(STDIN_FILENO, &byte, 1) <= 0)
			return;
		if (p[1].revents)
			from_client(listener);
		for (i = 0; i < count; i++) {
			if (p[2 + i].revents)
				from_server(listener, &clients[i]);
		}
	}
}

int main(int argc, char **argv)
{
	bool elsewhere = argc == 7;
	struct sockaddr_in here;
	int listener;

	if (argc != 5 && !elsewhere) {
		fputs("usage: tsp-udp-relay PORT SERVER_PORT PERCENT SEED [SERVER OWN]\n",
		      stderr);
		return 100;
	}
	here = at("127.0.0.1", argv[1]);
	server = at(elsewhere ? argv[5] : "127.0.0.1", argv[2]);
	own = at(elsewhere ? argv[6] : "0.0.0.0", "0");
	percent = (unsigned)atoi(argv[3]);
	srandom((unsigned)atoi(argv[4]));
	listener = open_at(&here);
	puts("ready");
	fflush(stdout);
	relay(listener);
	return 0;
}
