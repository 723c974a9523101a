// SPDX-License-Identifier: MIT
/*
 * arena.c - a broker in a child process, with private files
 *
 * One process serves many conversations, one after the other, since starting one for each
 * would take longer than all they say. It ends with an error when a conversation left a
 * descriptor open or memory allocated.
 */
#include "tests/tools/lib/arena.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "alloc/index.h"
#include "auth/users.h"
#include "lib/log.h"
#include "lib/prefix.h"

#define CANARY_NUMBER 3
#define WARM_UP       200    /* conversations before the broker's memory is measured */
#define MEMORY_SLACK  262144 /* what malloc() keeps for itself counts as used */

enum { LEFT_OPEN = 2, LEFT_ALLOCATED }; /* exit statuses of the broker process */

/** set_config() - as config_load() would */
static void set_config(struct arena *a)
{
	struct config *c = &a->config;

	*c = (struct config){
		.lifetime_minutes = 1440,
		.keepalive_seconds = 30,
		.domain = "tsp.example",
		.realm = "tsp.example",
		.accept_count = 1,
		.mechanisms =
			MECHANISM_ANONYMOUS | MECHANISM_PLAIN | MECHANISM_DIGEST_MD5,
		.anonymous_pool = {.present = true, .capacity = ARENA_CAPACITY},
		.users_pool = {.present = true,
			       .delegate = 56,
			       .capacity = ARENA_CAPACITY},
		.login_seconds = 30,
		.session_seconds = 30,
		.template_seconds = 10,
		.request_bytes = 8192,
		.per_address = 4,
	};
	strcpy(c->state, a->directory);
	snprintf(c->template, sizeof(c->template), "%s/template", a->directory);
	snprintf(c->users, sizeof(c->users), "%s/users", a->directory);
	inet_pton(AF_INET, "192.0.2.254", &c->address);
	prefix4_parse("192.0.2.0/24", &c->accept[0]);
	prefix6_parse("2001:db8:a::/64", &c->anonymous_pool.link);
	prefix6_parse("2001:db8:ffff::/64", &c->users_pool.link);
	prefix6_parse("2001:db8:1000::/36", &c->users_pool.prefix);
}

static int write_users(const struct arena *a)
{
	static const char *const users[][2] = {{"alice", "s3cret"},
					       {"bob", "swordfish"},
					       {"canary", "not to be guessed"}};
	char digest[USERS_DIGEST_LEN];
	FILE *file = fopen(a->config.users, "we");
	size_t i;

	if (!file)
		return -1;
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		users_digest(users[i][0], strlen(users[i][0]), a->config.realm,
			     users[i][1], strlen(users[i][1]), digest);
		fprintf(file, "%s:%s:%s\n", users[i][0], a->config.realm, digest);
	}
	return fclose(file);
}

/** listen_at() - brokers and callers meet in the directory */
static int listen_at(const char *directory, struct sockaddr_un *un)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	un->sun_family = AF_UNIX;
	snprintf(un->sun_path, sizeof(un->sun_path), "%s/socket", directory);
	if (fd < 0 || bind(fd, (struct sockaddr *)un, sizeof(*un)) || listen(fd, 8))
		return -1;
	return fd;
}

/**
 * arena_open() - a directory with everything a broker needs
 * @a:		Result
 * @template:	Program to be the template
 * @canary:	User id that the lease gets which nobody may hear of
 *
 * Return: 0, or -1 with errno
 */
int arena_open(struct arena *a, const char *template, const char *canary)
{
	struct sockaddr_un un;
	char absolute[PATH_MAX];

	memset(a, 0, sizeof(*a));
	snprintf(a->directory, sizeof(a->directory), "%s/tsp-adversary.XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(a->directory))
		return -1;
	snprintf(a->tunnels, sizeof(a->tunnels), "%s/tunnels", a->directory);
	snprintf(a->fail, sizeof(a->fail), "%s/fail", a->directory);
	snprintf(a->canary.user, sizeof(a->canary.user), "%s", canary);
	set_config(a);
	a->listener = listen_at(a->directory, &un);
	if (a->listener < 0 || write_users(a) || !realpath(template, absolute) ||
	    access(absolute, X_OK) || symlink(absolute, a->config.template))
		return -1;
	return 0;
}

static void remove_files(const struct arena *a, const char *const *names)
{
	char path[128];

	for (; *names; names++) {
		snprintf(path, sizeof(path), "%s/%s", a->directory, *names);
		unlink(path);
	}
}

/** plant_canary() - fresh allocation files, and one lease in them */
static int plant_canary(struct arena *a)
{
	static const char *const old[] = {"users.leases", "anonymous.leases", "tunnels",
					  "fail", NULL};
	struct lease lease = {
		.number = CANARY_NUMBER,
		.state = LEASE_PRESENT,
		.tunnel = {.mode = TUNNEL_V6V4,
			   .prefix_len = 56,
			   .granted = time(NULL),
			   .expires = time(NULL) + 1000000},
	};
	struct table table;
	char path[128];
	int failed;

	remove_files(a, old);
	snprintf(path, sizeof(path), "%s/users.leases", a->directory);
	memcpy(lease.owner, a->canary.user, sizeof(lease.owner));
	inet_pton(AF_INET, "198.51.100.17", &lease.tunnel.endpoint.addr);
	if (table_create(path, POOL_USERS, ARENA_CAPACITY, NULL) ||
	    table_make(&a->config, POOL_ANONYMOUS) ||
	    table_open(&table, path, POOL_USERS))
		return -1;
	failed = index_add(&table, &lease) || table_write(&table, &lease);
	table_close(&table);
	tunnel_describe(&a->config, POOL_USERS, &lease, &lease.tunnel, a->config.address,
			&a->canary);
	return failed ? -1 : 0;
}

/** open_descriptors() - their number, from low ones: a broker has no others */
static int open_descriptors(void)
{
	int fd, n = 0;

	for (fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/** serve_one() - a conversation; false when no more are wanted */
static bool serve_one(struct arena *a)
{
	int fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC);
	struct peer peer;
	bool wanted =
		fd >= 0 && recv(fd, &peer, sizeof(peer), 0) == (ssize_t)sizeof(peer);

	if (wanted)
		broker_serve(&a->config, &peer, fd);
	close(fd);
	return wanted;
}

/** be_broker() - serve until the end, then look for leftovers */
static void __attribute__((noreturn)) be_broker(struct arena *a)
{
	size_t memory = 0, now;
	unsigned long n = 0;
	char path[128];
	int log, descriptors;

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* it gets no other word of our end */
	snprintf(path, sizeof(path), "%s/log", a->directory);
	log = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (log < 0 || dup2(log, STDERR_FILENO) < 0)
		_exit(1);
	close(log);
	log_open("broker", false);
	descriptors = open_descriptors();
	while (serve_one(a)) {
		if (open_descriptors() != descriptors)
			_exit(LEFT_OPEN);
		if (++n == WARM_UP)
			memory = mallinfo2().uordblks;
	}
	now = mallinfo2().uordblks;
	if (n > WARM_UP && now > memory + MEMORY_SLACK)
		_exit(LEFT_ALLOCATED);
	exit(0); /* through LeakSanitizer, where there is one */
}

/** arena_start() - fresh files and a broker process; 0, or -1 with errno */
int arena_start(struct arena *a)
{
	if (plant_canary(a))
		return -1;
	fflush(NULL);
	a->broker = fork();
	if (a->broker == 0)
		be_broker(a);
	return a->broker < 0 ? -1 : 0;
}

/**
 * arena_call() - begin a conversation
 * @a:		Arena
 * @peer:	Who the broker is told is there; NULL: this is the end
 *
 * Return: the session's end of it; -1 with errno
 */
int arena_call(struct arena *a, const struct peer *peer)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct timeval wait = {.tv_sec = ARENA_PATIENCE / 1000};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s/socket", a->directory);
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) ||
	    connect(fd, (struct sockaddr *)&un, sizeof(un)) ||
	    (peer && send(fd, peer, sizeof(*peer), MSG_NOSIGNAL) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

/** show_log() - the end of what the broker said last */
static void show_log(const struct arena *a)
{
	char path[128], text[4096];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/log", a->directory);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fseek(file, -(long)sizeof(text), SEEK_END))
		rewind(file);
	n = fread(text, 1, sizeof(text), file);
	fwrite(text, 1, n, stderr);
	fclose(file);
}

/** arena_stop() - the broker process has nothing more to do; 0 when it ended well */
int arena_stop(struct arena *a)
{
	int fd = arena_call(a, NULL), status;
	struct rusage usage;

	close(fd);
	while (waitpid(a->broker, &status, 0) < 0 && errno == EINTR)
		;
	getrusage(RUSAGE_CHILDREN, &usage);
	a->broker_kib = usage.ru_maxrss;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	show_log(a);
	if (WIFSIGNALED(status))
		fprintf(stderr, "broker: ended by signal %d\n", WTERMSIG(status));
	else if (WEXITSTATUS(status) == LEFT_OPEN)
		fprintf(stderr, "broker: a descriptor was left open\n");
	else if (WEXITSTATUS(status) == LEFT_ALLOCATED)
		fprintf(stderr, "broker: memory was not given back\n");
	return -1;
}

/** arena_close() - remove all files */
void arena_close(struct arena *a)
{
	static const char *const all[] = {"users",
					  "users.leases",
					  "anonymous.leases",
					  "tunnels",
					  "socket",
					  "template",
					  "log",
					  "fail",
					  "template.lock",
					  "lock",
					  NULL};

	close(a->listener);
	remove_files(a, all);
	rmdir(a->directory);
}
