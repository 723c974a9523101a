// SPDX-License-Identifier: MIT
/*
 * adversary.c - a hostile process in the session's place, and what the broker lets it do
 *
 * usage: adversary [--messages N] [--seed S] [--template FILE] [--lie WHAT]
 *
 * Says N packets (100,000) of every kind to broker_serve(), with real allocation files, a
 * users file and a template that writes down what it is asked for (adversary-template,
 * beside this program). Replies, the template's list and the allocation files are judged
 * after each conversation (lib/referee.c); the broker's process is watched for crashes,
 * hangs, descriptors left open and memory not given back (lib/arena.c).
 *
 * Half of the peers signal over UDP, where only DIGEST-MD5 proves that they are there.
 *
 * --lie canary, password, address or path: the referee is told something wrong, to see that it
 * notices: that alice's lease is canary's, that her password is another, where the peer is, that
 * all peers signal over UDP.
 *
 * Prints a table. Exit status: 0 when there was no violation, else 1; 100 for usage.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/parse.h"
#include "tests/tools/lib/arena.h"
#include "tests/tools/lib/hostile.h"
#include "tests/tools/lib/referee.h"

#define BATCH          2000 /* conversations with one broker process */
#define MESSAGES_MAX   40   /* in one conversation, mostly */
#define FLOOD_MESSAGES 2000
#define FLOOD_EVERY    500 /* conversations */
#define FAIL_EVERY     200
#define LOOK_EVERY     16
#define PEERS          8

enum lie { NO_LIE, LIE_CANARY, LIE_PASSWORD, LIE_ADDRESS, LIE_PATH };

/** struct contest - the program at work */
struct contest {
	struct arena arena;
	struct hostile hostile;
	struct referee referee;
	enum lie lie;
	uint32_t messages; /* to be sent */
	uint32_t sent;
	unsigned long ended;  /* conversations that the broker ended */
	unsigned long floods; /* conversations whose replies were not read */
	int64_t slowest;      /* conversation, in microseconds */
};

static int64_t microseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what)
{
	fprintf(stderr, "adversary: %s: %s\n", what, strerror(errno));
	exit(1);
}

/** is_gone() - wait for the broker to end the conversation; read its last packets */
static bool is_gone(int fd)
{
	struct ipc_reply reply;
	ssize_t n;

	do
		n = recv(fd, &reply, sizeof(reply), 0);
	while (n > 0 || (n < 0 && errno == EINTR));
	return n == 0 || errno == ECONNRESET;
}

/** exchange() - a packet and its answer; false when the conversation is over */
static bool exchange(struct contest *c, int fd)
{
	const struct hostile_packet *p = hostile_next(&c->hostile);
	struct ipc_reply reply;
	ssize_t n;

	c->sent++;
	if (send(fd, p->bytes, p->len, MSG_NOSIGNAL) < 0)
		return false;
	n = recv(fd, &reply, sizeof(reply), MSG_TRUNC);
	if (n <= 0) {
		if (n < 0 && errno != ECONNRESET)
			referee_violation(&c->referee, "no answer: %s", strerror(errno));
		c->ended++;
		return false;
	}
	if (n != (ssize_t)sizeof(reply) || reply.version != IPC_VERSION)
		referee_violation(&c->referee, "a reply of %zd bytes", n);
	if (reply.kind == IPC_CHALLENGE && reply.sasl.len <= IPC_SASL_MAX)
		c->hostile.challenge = reply.sasl;
	c->hostile.state = referee_reply(&c->referee, c->hostile.state, p, &reply);
	/* after the end there is little to say, but that has to be tried too */
	return c->hostile.state != BROKER_DONE || hostile_random(&c->hostile, 3);
}

/** flood() - packets until the broker has had enough; no reply is read */
static void flood(struct contest *c, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	struct hostile_packet note;
	int i;

	hostile_note(&note);
	c->floods++;
	for (i = 0; i < FLOOD_MESSAGES; i++) {
		if (poll(&p, 1, ARENA_PATIENCE) == 0)
			break;
		if (send(fd, note.bytes, note.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			return;
		c->sent++;
	}
	referee_violation(&c->referee,
			  "after %d packets the broker waits for somebody to "
			  "read its replies",
			  i);
}

/** template_fails() - make it fail, or work again */
static void template_fails(const struct contest *c, bool fails)
{
	int fd;

	if (!fails) {
		unlink(c->arena.fail);
		return;
	}
	fd = open(c->arena.fail, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		die(c->arena.fail);
	close(fd);
}

/** pick_peer() - one of few addresses, so that they meet each other's leases */
static struct peer pick_peer(struct contest *c)
{
	struct peer peer = {.client.port = 40000};

	peer.client.addr.s_addr = htonl(0xc0000201U + hostile_random(&c->hostile, PEERS));
	peer.server = c->arena.config.address;
	peer.udp = hostile_random(&c->hostile, 2);
	inet_ntop(AF_INET, &peer.client.addr, peer.text, sizeof(peer.text));
	return peer;
}

/** converse() - one conversation, judged; true when the template failed in it */
static bool converse(struct contest *c)
{
	struct peer peer = pick_peer(c);
	struct in_addr believed = peer.client.addr;
	bool fails = hostile_random(&c->hostile, FAIL_EVERY) == 0;
	int64_t start = microseconds(), took;
	int fd, i;

	if (c->lie == LIE_ADDRESS)
		believed.s_addr ^= htonl(1);
	template_fails(c, fails);
	fd = arena_call(&c->arena, &peer);
	if (fd < 0)
		die("the broker cannot be reached");
	c->hostile.peer = peer.client.addr;
	c->hostile.state = BROKER_LOGIN;
	referee_begin(&c->referee, believed, peer.udp || c->lie == LIE_PATH);

	if (hostile_random(&c->hostile, FLOOD_EVERY) == 0)
		flood(c, fd);
	else
		for (i = 0; i < MESSAGES_MAX && c->sent < c->messages && exchange(c, fd);
		     i++)
			;
	shutdown(fd, SHUT_WR);
	if (!is_gone(fd))
		referee_violation(&c->referee, "the broker does not end");
	close(fd);

	took = microseconds() - start;
	c->slowest = took > c->slowest ? took : c->slowest;
	referee_tunnels(&c->referee, c->arena.tunnels);
	return fails;
}

/** batch() - conversations with one broker process */
static void batch(struct contest *c)
{
	bool failed = false;
	int i;

	if (arena_start(&c->arena))
		die("broker");
	referee_fresh(&c->referee, &c->arena.canary);
	for (i = 0; i < BATCH && c->sent < c->messages; i++) {
		failed |= converse(c);
		if (i % LOOK_EVERY == 0)
			referee_leases(&c->referee, failed);
	}
	referee_leases(&c->referee, failed);
	if (arena_stop(&c->arena))
		referee_violation(&c->referee, "the broker's process did not end well");
}

static void print_table(const struct contest *c, int64_t took)
{
	const struct referee *r = &c->referee;

	printf("messages\t%u\n", c->sent);
	printf("conversations\t%lu\n", r->conversation);
	printf("ended by the broker\t%lu\n", c->ended);
	printf("replies never read\t%lu\n", c->floods);
	printf("anonymous logins\t%lu\n", r->logins[ANONYMOUS]);
	printf("logins with the password\t%lu\n", r->logins[ALICE]);
	printf("refused\t%lu\n", r->refused);
	printf("offers and infos\t%lu\n", r->offers);
	printf("tunnels built\t%lu\n", r->built);
	printf("tunnels removed\t%lu\n", r->removed);
	printf("slowest conversation, ms\t%lld\n", (long long)c->slowest / 1000);
	printf("largest broker process, KiB\t%ld\n", c->arena.broker_kib);
	printf("seconds\t%lld\n", (long long)took / 1000000);
	printf("violations\t%lu\n", r->violations);
}

static int usage(void)
{
	fprintf(stderr, "usage: adversary [--messages N] [--seed S] [--template FILE] "
			"[--lie canary|password|address|path]\n");
	return 100;
}

static enum lie lie_of(const char *text)
{
	if (!strcmp(text, "canary"))
		return LIE_CANARY;
	if (!strcmp(text, "password"))
		return LIE_PASSWORD;
	if (!strcmp(text, "address"))
		return LIE_ADDRESS;
	return strcmp(text, "path") ? NO_LIE : LIE_PATH;
}

/** beside() - the template that lies in this program's directory */
static const char *beside(const char *program, char path[PATH_MAX])
{
	const char *slash = strrchr(program, '/');

	snprintf(path, PATH_MAX, "%.*sadversary-template",
		 slash ? (int)(slash - program) + 1 : 0, program);
	return path;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"messages", required_argument, NULL, 'm'},
		{"seed", required_argument, NULL, 's'},
		{"template", required_argument, NULL, 't'},
		{"lie", required_argument, NULL, 'l'},
		{0}};
	static struct contest c = {.messages = 100000};
	const char *template = NULL;
	char path[PATH_MAX];
	int64_t start = microseconds();
	uint32_t seed = 1;
	int o;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == 'm' && !parse_u32(optarg, 1, UINT32_MAX, &c.messages))
			continue;
		if (o == 's' && !parse_u32(optarg, 0, UINT32_MAX, &seed))
			continue;
		if (o == 'l' && (c.lie = lie_of(optarg)) != NO_LIE)
			continue;
		if (o != 't')
			return usage();
		template = optarg;
	}
	if (optind != argc)
		return usage();

	signal(SIGPIPE, SIG_IGN);
	if (arena_open(&c.arena, template ? template : beside(argv[0], path),
		       c.lie == LIE_CANARY ? "alice" : "canary"))
		die("preparing");
	c.hostile.random = (uint64_t)seed * 2 + 1;
	c.referee.no_password = c.lie == LIE_PASSWORD;
	c.referee.config = &c.arena.config;
	while (c.sent < c.messages)
		batch(&c);
	arena_close(&c.arena);
	print_table(&c, microseconds() - start);
	return c.referee.violations ? 1 : 0;
}
