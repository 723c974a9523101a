/* SPDX-License-Identifier: MIT */
/*
 * story.c - what clients want, and what must be true whatever went wrong
 *
 * The handler runs below a process that traces it (strike.c), the client is this
 * process. While the client holds an offer the lease must be there; when all is over, the
 * files must be sound, everybody else's lease as it was, the log no liar, and the client's
 * next try must get what it had before, with exactly the tunnels up that have a lease.
 */
#include "tests/faults/story.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/endpoint.h"

/* clang-format off */
#define PLAIN .mechanism = "PLAIN", .user = "alice", .password = "s3cret"
#define DIGEST .mechanism = "DIGEST-MD5", .user = "alice", .password = "s3cret"

const struct story stories[] = {
	{"first time", BEFORE_LEASES, false, POOL_ANONYMOUS, "127.0.0.5",
		{.source = "127.0.0.5", .mechanism = "ANONYMOUS", .action = "create"}, false},
	{"update", BEFORE_LEASES, false, POOL_USERS, "alice", /* in the place of an anonymous lease */
		{.source = "127.0.0.9", PLAIN, .action = "create", .prefix = 56}, false},
	{"reject", BEFORE_LEASES, false, POOL_USERS, "alice",
		{.source = "127.0.0.8", DIGEST, .action = "create", .answer = ANSWER_REJECT}, false},
	{"leave", BEFORE_LEASES, false, POOL_ANONYMOUS, "127.0.0.6",
		{.source = "127.0.0.6", .mechanism = "ANONYMOUS", .action = "create",
		 .answer = ANSWER_CLOSE}, false},
	{"info", BEFORE_LEASES, false, POOL_USERS, "alice",
		{.source = "127.0.0.4", DIGEST, .action = "info"}, false},
	{"delete", BEFORE_LEASES, false, POOL_USERS, "alice",
		{.source = "127.0.0.4", PLAIN, .action = "delete"}, true},
	{"as root", BEFORE_LEASES, true, POOL_ANONYMOUS, "127.0.0.3",
		{.source = "127.0.0.3", .mechanism = "ANONYMOUS", .action = "create"}, false},
};
/* clang-format on */

const size_t story_count = sizeof(stories) / sizeof(stories[0]);

/** struct dialogue - a conversation under way, for what the client's hook looks at */
static struct dialogue {
	struct lab *lab;
	const struct story *story;
	const char *lie;
	bool offered;
} dialogue;

/** lease_addresses() - the IPv6 side of a lease */
static void lease_addresses(const struct lab *w, enum pool_kind pool,
			    const struct lease *lease, struct pool_addresses *out)
{
	if (pool == POOL_USERS)
		pool_users_addresses(&w->config.users_pool, lease->number,
				     lease->tunnel.prefix_len, out);
	else
		pool_anonymous_addresses(&w->config.anonymous_pool,
					 &lease->tunnel.endpoint, out);
}

/** is_address() - a text as a client reads it is this address */
static bool is_address(const char *text, const struct in6_addr *address)
{
	struct in6_addr read;

	return inet_pton(AF_INET6, text, &read) == 1 &&
	       !memcmp(&read, address, sizeof(read));
}

/** is_offer_of() - the offer describes this lease */
static bool is_offer_of(const struct server_offer *offer, const struct lease *lease)
{
	struct dialogue *d = &dialogue;
	struct pool_addresses is;
	char prefix[SERVER_OFFER_FIELD_MAX];

	lease_addresses(d->lab, d->story->pool, lease, &is);
	snprintf(prefix, sizeof(prefix), "%.*s", (int)strcspn(offer->prefix, "/"),
		 offer->prefix);
	return is_address(offer->client_ipv6, &is.client) &&
	       (!is.prefix.len || is_address(prefix, &is.prefix.addr));
}

/** check_offer() - while the client holds an offer or an answer to info, it has to be true */
static void check_offer(const struct server_offer *offer)
{
	struct dialogue *d = &dialogue;
	struct lease lease;
	struct endpoint here;

	d->offered = true;
	if (!strcmp(d->story->wish.action, "delete"))
		return;
	endpoint_parse(d->story->wish.source, &here);
	if (!lab_find(d->lab, d->story->pool, d->story->owner, &lease))
		d->lie = "the client has an offer, and there is no lease";
	else if (!is_offer_of(offer, &lease))
		d->lie = "the client has an offer of another lease";
	else if (!endpoint_equal(&lease.tunnel.endpoint, &here))
		d->lie = "the client has an offer, and the lease is for another address";
}

/** listen_here() - a socket on a free port of 127.0.0.1; -1 when that fails */
static int listen_here(char port[8])
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) || listen(fd, 8) ||
	    getsockname(fd, (struct sockaddr *)&sin, &len))
		return -1;
	snprintf(port, 8, "%u", ntohs(sin.sin_port));
	return fd;
}

/** serve() - in a child process: accept one client, run the handler for it, end */
static _Noreturn void serve(struct lab *w, bool as_root, const struct fault *fault,
			    int listener, struct run *run)
{
	char *const argv[] = {(char *)w->handler, "-c", w->config_path, NULL};
	int connection = accept(listener, NULL, NULL);
	struct program program = {
		.argv = argv,
		.input = connection,
		.output = connection,
		.log = w->log,
		.user = as_root ? 0 : w->user,
		.is_handler = true,
		.jump = w->jump,
	};

	close(listener);
	if (connection < 0 || strike_run(&program, fault, SECONDS_MAX, run))
		_exit(1);
	_exit(0);
}

/** converse() - one session; what the client came to, and the handler in @run */
static enum outcome converse(struct lab *w, const struct story *story,
			     const struct fault *fault, struct run *run)
{
	struct client_options options = story->wish;
	enum outcome outcome;
	struct client client;
	char port[8];
	int listener = listen_here(port), status = 0;
	pid_t server = listener < 0 ? -1 : fork();

	if (server == 0)
		serve(w, story->as_root, fault, listener, run);
	options.host = "127.0.0.1";
	options.port = port;
	options.version = "2.0.2";
	options.type = "v6v4";
	options.timeout = SECONDS_MAX;
	options.on_offer = check_offer;
	dialogue = (struct dialogue){.lab = w, .story = story};
	outcome = server < 0 ? OUTCOME_USAGE : client_run(&client, &options);
	close(listener);
	if (server > 0)
		waitpid(server, &status, 0);
	if (server < 0 || status) {
		fputs("faults: the handler could not be started\n", stderr);
		run->hung = true;
	}
	return outcome;
}

/** check_others() - the other users' leases are unchanged */
static const char *check_others(struct lab *w, const struct story *story)
{
	static const struct {
		enum pool_kind pool;
		const char *owner;
	} others[] = {
		{POOL_USERS, "bob"},
		{POOL_USERS, "carol"},
		{POOL_ANONYMOUS, "127.0.0.3"},
		{POOL_ANONYMOUS, "127.0.0.11"},
		{POOL_ANONYMOUS, "127.0.0.12"},
	};
	struct lease now, own;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (!lab_line_kept(w, others[i].pool, others[i].owner) &&
		    strcmp(others[i].owner, story->owner) != 0 &&
		    (lab_before(w, others[i].pool, others[i].owner, &now) &&
		     lease_is_accepted(&now)))
			return "somebody else's lease changed";
	}
	/* the one that an update displaces is there as long as the other is not, or over */
	if (!lab_line_kept(w, POOL_ANONYMOUS, "127.0.0.9") &&
	    strcmp(story->wish.source, "127.0.0.9") != 0)
		return "somebody else's lease changed";
	if (lab_line_kept(w, POOL_ANONYMOUS, "127.0.0.9") &&
	    !strcmp(story->wish.source, "127.0.0.9") &&
	    lab_find(w, story->pool, story->owner, &own) && lease_is_accepted(&own) &&
	    own.tunnel.endpoint.addr.s_addr == inet_addr("127.0.0.9"))
		return "a displaced lease is still there";
	return NULL;
}

/**
 * check_own() - the owner still has the lease, unless the story ends it
 *
 * With a torn line the address is kept, and its owner has to come back for the tunnel.
 */
static const char *check_own(struct lab *w, const struct story *story, bool torn)
{
	struct lease before, now;
	bool had = lab_before(w, story->pool, story->owner, &before);

	if (!had || !lease_is_accepted(&before))
		return NULL;
	if (!lab_find(w, story->pool, story->owner, &now))
		return "the lease is lost";
	if (now.number != before.number)
		return "the lease is another one";
	if (!lease_is_active(&now, time(NULL)) && !story->ends && !torn)
		return "the lease is over";
	return NULL;
}

/** check_log() - "has" was logged for a lease that is active at the new address */
static const char *check_log(struct lab *w, const struct story *story)
{
	char text[64];
	struct lease now;

	snprintf(text, sizeof(text), "%s %s: has ", story->wish.source,
		 story->pool == POOL_USERS ? story->owner : "anonymous");
	if (!strstr(lab_log(w), text))
		return NULL;
	if (!lab_find(w, story->pool, story->owner, &now) ||
	    !lease_is_active(&now, time(NULL)) ||
	    now.tunnel.endpoint.addr.s_addr != inet_addr(story->wish.source))
		return "the log says accepted, the file does not";
	return NULL;
}

/**
 * check_word() - what the client was told at last is true
 *
 * An offer ends with its broker: of one that is killed it may come to the client too late.
 */
static const char *check_word(struct lab *w, const struct story *story,
			      const struct fault *fault, enum outcome outcome)
{
	bool killed = fault->kind == FAULT_KILL || fault->kind == FAULT_KILL_ALL ||
		      fault->kind == FAULT_TEAR;
	struct lease now;

	if (dialogue.lie && !killed)
		return dialogue.lie;
	if (outcome == OUTCOME_VIOLATION)
		return "the client was told nonsense";
	if (outcome == OUTCOME_OK && story->ends &&
	    lab_find(w, story->pool, story->owner, &now) &&
	    lease_is_active(&now, time(NULL)))
		return "the client was told that its lease is over, and it is not";
	return NULL;
}

/** check_next_try() - the same client asks again, of a handler without faults */
static const char *check_next_try(struct lab *w, const struct story *story,
				  struct run *run)
{
	static const struct fault no_fault = {.kind = FAULT_NONE};
	struct story again = *story;
	struct lease before, now;
	bool had = lab_before(w, story->pool, story->owner, &before);
	enum outcome outcome;

	again.wish.action = "create";
	again.wish.answer = ANSWER_ACCEPT;
	outcome = converse(w, &again, &no_fault, run);
	if (outcome != OUTCOME_OK || dialogue.lie || verdict_of_processes(run))
		return "the next try fails";
	if (!lab_find(w, story->pool, story->owner, &now) ||
	    !lease_is_active(&now, time(NULL)))
		return "the next try gets no lease";
	if (had && now.number != before.number)
		return "the next try gets another lease";
	return lab_kernel_differs(w);
}

/**
 * story_run() - run a story with one fault in it, and judge the outcome
 * @w:		Prepared for the story
 * @story:	Story
 * @fault:	Fault
 * @run:	Result: what the handler did; shared memory
 * @out:	Result: what came of it
 */
void story_run(struct lab *w, const struct story *story, const struct fault *fault,
	       struct run *run, struct result *out)
{
	unsigned torn = fault->kind == FAULT_TEAR;
	static struct run *next;
	enum outcome outcome;

	if (!next)
		next = mmap(NULL, sizeof(*next), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	lab_reset(w);
	outcome = converse(w, story, fault, run);
	out->verdict = outcome == OUTCOME_OK       ? VERDICT_SERVED
		       : outcome == OUTCOME_STATUS ? VERDICT_REFUSED
						   : VERDICT_NOTHING;
	out->why = verdict_of_processes(run);
	if (!out->why)
		out->why = lab_unsound(w, torn);
	if (!out->why)
		out->why = command_check(w);
	if (!out->why)
		out->why = check_word(w, story, fault, outcome);
	if (!out->why)
		out->why = check_log(w, story);
	if (!out->why)
		out->why = check_others(w, story);
	if (!out->why)
		out->why = check_own(w, story, torn);
	if (!out->why)
		out->why = check_next_try(w, story, next);
	if (out->why)
		out->verdict = VERDICT_LOST;
}
