/* SPDX-License-Identifier: MIT */
/*
 * subcommand.c - what operators want of tspctl, and what must be true whatever went wrong
 *
 * Success means that it is done. After a failure the files are sound, or "tspctl check
 * --repair" makes them so; nobody but who the command was about lost anything; and the same
 * command, given once more, does what is left.
 */
#include "tests/faults/subcommand.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "auth/users.h"

static const struct fault no_fault = {.kind = FAULT_NONE};

/** active() - a user's lease is */
static bool active(struct lab *w, const char *user)
{
	struct lease lease;

	return lab_find(w, POOL_USERS, user, &lease) &&
	       lease_is_active(&lease, time(NULL));
}

static bool alice_is_out(struct lab *w)
{
	return !active(w, "alice");
}

static bool bob_is_over(struct lab *w)
{
	struct lease lease;

	return lab_find(w, POOL_USERS, "bob", &lease) && lease.state == LEASE_EXPIRED;
}

/** proven() - a user's lease has its full time */
static bool proven(struct lab *w, const char *user)
{
	struct lease lease;

	return lab_find(w, POOL_USERS, user, &lease) && lease.state == LEASE_PRESENT &&
	       lease_is_active(&lease, time(NULL) + 3600);
}

static bool both_are_proven(struct lab *w)
{
	return proven(w, "alice") && proven(w, "bob");
}

static bool bob_is_back(struct lab *w)
{
	return active(w, "bob") && !lab_unsound(w, 0);
}

/** struct wanted - a user to look for */
struct wanted {
	const char *id, *password; /* password NULL: any */
	bool found, malformed;
};

static int compare_user(void *context, unsigned number, const struct user *user,
			const char *why)
{
	struct wanted *w = context;
	char digest[USERS_DIGEST_LEN];

	(void)number;
	(void)why;
	if (!user) {
		w->malformed = true;
		return 0;
	}
	if (strcmp(user->id, w->id) != 0)
		return 0;
	users_digest(w->id, strlen(w->id), user->realm, w->password ? w->password : "",
		     w->password ? strlen(w->password) : 0, digest);
	w->found = !w->password || !strcmp(digest, user->digest);
	return 0;
}

/** may_log_in() - the users file has this user; @password NULL: with whatever password */
static bool may_log_in(struct lab *w, const char *id, const char *password)
{
	struct wanted wanted = {.id = id, .password = password};

	return !users_each(w->config.users, compare_user, &wanted) && wanted.found &&
	       !wanted.malformed;
}

static bool dave_is_known(struct lab *w)
{
	return may_log_in(w, "dave", "n3w");
}

static bool alice_has_another_password(struct lab *w)
{
	return may_log_in(w, "alice", "n3w");
}

static bool bob_is_locked(struct lab *w)
{
	struct user user = {.locked = false};

	return users_find(w->config.users, w->config.realm, "bob", 3, &user) == 1 &&
	       user.locked && may_log_in(w, "bob", NULL) && active(w, "bob");
}

static bool bob_is_unknown(struct lab *w)
{
	return !may_log_in(w, "bob", NULL) && !active(w, "bob");
}

static bool is_there(struct lab *w, const char *pool, uint32_t capacity)
{
	struct table t;
	char path[PATH_MAX];
	bool right;

	snprintf(path, sizeof(path), "%s/state/%s.leases", w->dir, pool);
	if (table_open(&t, path, *pool == 'u' ? POOL_USERS : POOL_ANONYMOUS))
		return false;
	right = t.capacity == capacity;
	table_close(&t);
	return right;
}

static bool is_larger(struct lab *w)
{
	return is_there(w, "users", 2 * LAB_CAPACITY);
}

static bool both_are_there(struct lab *w)
{
	return is_there(w, "users", LAB_CAPACITY) &&
	       is_there(w, "anonymous", LAB_CAPACITY);
}

static bool all_are_up(struct lab *w)
{
	return !lab_kernel_differs(w);
}

/* clang-format off */
const struct subcommand commands[] = {
	{"release", BEFORE_LEASES, {"release", "--yes", "alice"}, NULL, "alice", alice_is_out},
	{"expire", BEFORE_OVER, {"expire"}, NULL, "bob", bob_is_over},
	{"prove", BEFORE_PROOF, {"expire"}, NULL, NULL, both_are_proven},
	{"restore", BEFORE_BOOT, {"restore"}, NULL, NULL, all_are_up},
	{"repair", BEFORE_DAMAGE, {"check", "--repair", "--yes"}, NULL, "bob", bob_is_back},
	{"resize", BEFORE_LEASES, {"resize", "--yes", "users", "32"}, NULL, NULL, is_larger},
	{"init", BEFORE_NOTHING, {"init", "--yes"}, NULL, NULL, both_are_there},
	{"user add", BEFORE_LEASES, {"user", "add", "dave"}, "n3w\n", "dave", dave_is_known},
	{"user passwd", BEFORE_LEASES, {"user", "passwd", "alice"}, "n3w\n", NULL,
		alice_has_another_password},
	{"user lock", BEFORE_LEASES, {"user", "lock", "bob"}, NULL, NULL, bob_is_locked},
	{"user del", BEFORE_LEASES, {"user", "del", "--yes", "bob"}, NULL, "bob", bob_is_unknown},
};
/* clang-format on */

const size_t command_count = sizeof(commands) / sizeof(commands[0]);

/** input_of() - a descriptor to read the text from; -1: nothing to read */
static int input_of(const char *text)
{
	int pair[2];

	if (!text)
		return -1;
	if (pipe2(pair, O_CLOEXEC) ||
	    write(pair[1], text, strlen(text)) != (ssize_t)strlen(text)) {
		perror("faults: the input of tspctl");
		exit(111);
	}
	close(pair[1]);
	return pair[0];
}

/** execute() - run tspctl below a process that traces it; its exit status */
static int execute(struct lab *w, const char *const args[SUBCOMMAND_ARGS],
		   const char *input, const struct fault *fault, struct run *run)
{
	char *argv[3 + SUBCOMMAND_ARGS + 1] = {(char *)w->tspctl, "-c", w->config_path};
	struct program program = {
		.argv = argv,
		.output = w->log,
		.log = w->log,
		.user = w->user,
		.jump = w->jump,
	};
	int status = 0, i;
	pid_t pid;

	for (i = 0; i < SUBCOMMAND_ARGS; i++)
		argv[3 + i] = (char *)args[i];
	program.input = input_of(input);
	pid = fork();
	if (pid == 0)
		_exit(strike_run(&program, fault, SECONDS_MAX, run) ? 1 : 0);
	if (program.input >= 0)
		close(program.input);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		run->hung = true;
	return run->status;
}

/** succeeded() - run a command without faults */
static bool succeeded(struct lab *w, const char *first, const char *second)
{
	static struct run *run;
	const char *const args[SUBCOMMAND_ARGS] = {first, second,
						   second ? "--yes" : NULL};

	if (!run)
		run = mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return execute(w, args, NULL, &no_fault, run) == 0 && !run->hung;
}

/**
 * command_check() - "tspctl check" finds nothing wrong, or mends it
 *
 * Return: NULL, or what is wrong
 */
const char *command_check(struct lab *w)
{
	if (!w->tspctl || w->before == BEFORE_NOTHING || succeeded(w, "check", NULL))
		return NULL;
	succeeded(w, "check", "--repair");
	/* user del was struck between account and lease, which is left to a decision */
	if (bob_is_unknown(w) && active(w, "bob"))
		succeeded(w, "release", "bob");
	if (!succeeded(w, "check", NULL))
		return "tspctl check --repair leaves something to repair";
	return lab_unsound(w, 0);
}

/** has_state_of() - the state has not changed, but for a claimed lease that was proven */
static bool has_state_of(const struct lease *now, const struct lease *before)
{
	return now->state == before->state ||
	       (before->state == LEASE_CLAIMED && now->state == LEASE_PRESENT);
}

/**
 * check_others() - leases that the command does not name are unchanged
 * @w:		World
 * @command:	Command
 * @over:	Leases may have run out, but the number, and so the address, stays theirs
 */
static const char *check_others(struct lab *w, const struct subcommand *command,
				bool over)
{
	static const struct {
		enum pool_kind pool;
		const char *owner, *password;
	} others[] = {
		{POOL_USERS, "alice", "s3cret"},
		{POOL_USERS, "bob", "swordfish"},
		{POOL_ANONYMOUS, "127.0.0.3", NULL},
		{POOL_ANONYMOUS, "127.0.0.9", NULL},
	};
	struct lease before, now;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		bool target =
			command->target && !strcmp(command->target, others[i].owner);

		if (target)
			continue;
		if (others[i].password && !may_log_in(w, others[i].owner, NULL))
			return "a user cannot log in any more";
		if (lab_before(w, others[i].pool, others[i].owner, &before) &&
		    (!lab_find(w, others[i].pool, others[i].owner, &now) ||
		     now.number != before.number ||
		     (!over && !has_state_of(&now, &before))))
			return "somebody else's lease changed";
	}
	return NULL;
}

/**
 * subcommand_run() - run a command with one fault in it, and judge the outcome
 * @w:		Prepared for the command
 * @command:	Command
 * @fault:	Fault
 * @run:	Result: what tspctl did; shared memory
 * @out:	Result: what came of it
 */
void subcommand_run(struct lab *w, const struct subcommand *command,
		    const struct fault *fault, struct run *run, struct result *out)
{
	static struct run *again;
	bool over; /* with the clock set forward, or with a line torn within a time */
	int status;

	if (!again)
		again = mmap(NULL, sizeof(*again), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	lab_reset(w);
	status = execute(w, command->args, command->input, fault, run);
	out->verdict = status == 0         ? VERDICT_SERVED
		       : WIFEXITED(status) ? VERDICT_REFUSED
					   : VERDICT_NOTHING;
	out->why = verdict_of_processes(run);
	over = command->before == BEFORE_PROOF &&
	       (fault->kind == FAULT_JUMP || fault->kind == FAULT_TEAR);
	/* with the clock set back nothing is over */
	if (!out->why && status == 0 && !over && !command->done(w) &&
	    !(fault->kind == FAULT_JUMP && command->before == BEFORE_OVER))
		out->why = "it says that it is done, and it is not";
	if (!out->why && !over)
		out->why = check_others(w, command, false);
	if (!out->why && command->before != BEFORE_DAMAGE)
		out->why = lab_unsound(w, fault->kind == FAULT_TEAR);
	if (!out->why && command->before != BEFORE_BOOT)
		out->why = command_check(w);
	if (!out->why)
		execute(w, command->args, command->input, &no_fault, again);
	if (!out->why && !over && !command->done(w))
		out->why = "it does not get done the next time";
	if (!out->why)
		out->why = check_others(w, command, over);
	if (!out->why)
		out->why = lab_unsound(w, 0);
	if (out->why)
		out->verdict = VERDICT_LOST;
}
