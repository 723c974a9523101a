/* SPDX-License-Identifier: MIT */
/* test_listener.c - who takes connections and counts those at work */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "listen/children.h"
#include "listen/listener.h"

static const struct in_addr a = {1}, b = {2};

/** sleeper() - a child that stays until it is told otherwise */
static pid_t sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static void children_count_in_all_and_by_address(void **state)
{
	struct children c;
	sigset_t before, waiting;

	(void)state;
	assert_int_equal(children_init(&c, 3, 2, 60), 0);
	children_add(&c, sleeper(), a);
	assert_true(children_fit(&c, a));
	children_add(&c, sleeper(), a);
	assert_false(children_fit(&c, a));
	assert_true(children_fit(&c, b));
	children_add(&c, sleeper(), b);
	assert_false(children_fit(&c, b));
	assert_int_equal(c.count, 3);

	children_listen(&before, &waiting);
	children_collect(&c);
	assert_int_equal(c.count, 3);
	children_signal(&c, SIGKILL);
	children_finish(&c, &waiting);
	assert_int_equal(c.count, 0);
	assert_true(children_fit(&c, a));
	sigprocmask(SIG_SETMASK, &before, NULL);
	assert_false(children_asked_to_stop());
	children_free(&c);
}

static void a_child_past_its_deadline_is_killed(void **state)
{
	struct children c;
	sigset_t before, waiting;
	int ms;

	(void)state;
	assert_int_equal(children_init(&c, 2, 2, 1), 0);
	children_listen(&before, &waiting);
	children_add(&c, sleeper(), a);
	ms = children_hurry(&c);
	assert_true(ms >= 1 && ms <= 1000);
	children_finish(&c, &waiting); /* would last for ever */
	assert_int_equal(c.count, 0);
	assert_int_equal(children_hurry(&c), -1);
	sigprocmask(SIG_SETMASK, &before, NULL);
	children_free(&c);
}

static const struct endpoint somebody = {.addr = {1}, .port = 4000};
static pid_t told;

static void tell(void *of, pid_t pid, int status)
{
	(void)of;
	(void)status;
	told = pid;
}

/** reap_until() - collect until so many handlers are left */
static void reap_until(struct children *c, size_t count, const sigset_t *waiting)
{
	children_reap(c); /* some may have ended before children_listen() */
	while (c->count > count)
		children_wait(c, NULL, -1, waiting);
}

static void a_forked_session_ends_with_its_broker(void **state)
{
	struct children c;
	sigset_t before, waiting;
	pid_t broker = fork(), session;

	(void)state;
	if (broker == 0)
		_exit(111); /* the session misbehaved */
	session = sleeper();
	assert_int_equal(children_init(&c, 2, 1, 3600), 0);
	children_listen(&before, &waiting);
	children_add_forked(&c, broker, session, &somebody);
	assert_false(children_fit(&c, somebody.addr));
	reap_until(&c, 0, &waiting); /* would last for an hour */
	assert_true(children_fit(&c, somebody.addr));

	broker = fork();
	if (broker == 0)
		_exit(0); /* it did not, but does not end in time */
	children_add_forked(&c, broker, sleeper(), &somebody);
	reap_until(&c, 0, &waiting);
	sigprocmask(SIG_SETMASK, &before, NULL);
	children_free(&c);
}

static void a_handler_counts_until_both_of_its_processes_have_ended(void **state)
{
	struct children c;
	sigset_t before, waiting;
	pid_t broker = sleeper(), session = sleeper();

	(void)state;
	assert_int_equal(children_init(&c, 2, 1, 3600), 0);
	c.on_end = tell;
	children_listen(&before, &waiting);
	children_add_forked(&c, broker, session, &somebody);
	kill(session, SIGKILL);
	while (told != session)
		children_wait(&c, NULL, -1, &waiting);
	assert_int_equal(c.count, 1);
	assert_false(children_fit(&c, somebody.addr));
	kill(broker, SIGKILL);
	reap_until(&c, 0, &waiting);
	assert_int_equal(told, broker);
	sigprocmask(SIG_SETMASK, &before, NULL);
	children_free(&c);
}

static void other_children_are_collected_but_one(void **state)
{
	struct children c;
	sigset_t before, waiting;
	pid_t kept = sleeper(), unknown = sleeper(), mine = sleeper();
	int status;

	(void)state;
	assert_int_equal(children_init(&c, 2, 2, 3600), 0);
	c.on_end = tell;
	c.keep = kept;
	children_listen(&before, &waiting);
	children_add(&c, mine, a);
	kill(unknown, SIGKILL);
	while (told != unknown)
		children_wait(&c, NULL, -1, &waiting);
	assert_int_equal(waitpid(unknown, &status, 0), -1);
	kill(kept, SIGKILL); /* it hides the next one from a look for any child */
	kill(mine, SIGKILL);
	reap_until(&c, 0, &waiting);
	assert_int_equal(waitpid(kept, &status, 0), kept);
	sigprocmask(SIG_SETMASK, &before, NULL);
	children_free(&c);
}

/** listening() - a socket of 127.0.0.1 that listens */
static int listening(struct sockaddr_in *at)
{
	socklen_t len = sizeof(*at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*at = (struct sockaddr_in){.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(bind(fd, (struct sockaddr *)at, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)at, &len), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void only_a_listening_socket_is_one(void **state)
{
	struct sockaddr_in at;
	int fd = listening(&at), pair[2], tube[2];

	(void)state;
	assert_true(listener_is(fd));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_false(listener_is(pair[0]));
	assert_int_equal(pipe(tube), 0);
	assert_false(listener_is(tube[0]));
	close(fd);
	assert_false(listener_is(fd));
	close(pair[0]);
	close(pair[1]);
	close(tube[0]);
	close(tube[1]);
}

/** run() - a process that listens and starts that program; @client is not its business */
static pid_t run(int fd, int client, const char *program, bool complains,
		 unsigned seconds)
{
	char *argv[] = {(char *)program, (char *)"-", NULL};
	const struct listener l = {.fd = fd,
				   .argv = argv,
				   .sessions = 4,
				   .per_source = 4,
				   .handler_seconds = seconds,
				   .idle_seconds = 1};
	pid_t pid = fork();

	if (pid == 0) {
		close(client);
		if (complains && !freopen("/dev/null", "w", stderr))
			_exit(1);
		_exit(listener_run(&l) ? 1 : 0);
	}
	return pid;
}

/** client_of() - a connection to it */
static int client_of(const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)at, sizeof(*at)), 0);
	return fd;
}

/** ends_well() - the client leaves, and so does the listener */
static void ends_well(int client, pid_t pid, int fd)
{
	int status;

	close(client);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(fd);
}

static void it_leaves_when_nobody_comes(void **state)
{
	struct sockaddr_in at;
	int fd = listening(&at), status;
	int client = client_of(&at);
	pid_t pid = run(fd, client, "/bin/cat", false, 60);
	char byte = 'x';

	(void)state;
	assert_int_equal(write(client, &byte, 1), 1);
	byte = 0;
	assert_int_equal(read(client, &byte, 1), 1); /* cat has it */
	assert_int_equal(byte, 'x');
	sleep(2); /* longer than it stays without anybody; but there is one */
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	ends_well(client, pid, fd);
}

static void what_cannot_be_started_closes_the_connection(void **state)
{
	struct sockaddr_in at;
	int fd = listening(&at);
	int client = client_of(&at);
	pid_t pid = run(fd, client, "/nonexistent", true, 60);
	char byte;

	(void)state;
	assert_int_equal(read(client, &byte, 1), 0);
	ends_well(client, pid, fd);
}

static void a_handler_that_does_not_end_is_killed(void **state)
{
	struct sockaddr_in at;
	int fd = listening(&at);
	int client = client_of(&at);
	pid_t pid = run(fd, client, "/bin/cat", true, 1);
	char byte;

	(void)state;
	/* cat waits for us, and we for cat */
	assert_int_equal(read(client, &byte, 1), 0);
	ends_well(client, pid, fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(children_count_in_all_and_by_address),
		cmocka_unit_test(a_child_past_its_deadline_is_killed),
		cmocka_unit_test(a_forked_session_ends_with_its_broker),
		cmocka_unit_test(a_handler_counts_until_both_of_its_processes_have_ended),
		cmocka_unit_test(other_children_are_collected_but_one),
		cmocka_unit_test(only_a_listening_socket_is_one),
		cmocka_unit_test(it_leaves_when_nobody_comes),
		cmocka_unit_test(a_handler_that_does_not_end_is_killed),
		cmocka_unit_test(what_cannot_be_started_closes_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
