/* SPDX-License-Identifier: MIT */
/* test_io.c - lines, bodies and replies, however the bytes come; deadlines and budgets */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/clock.h"

#include "tsp/io.h"

#define SECONDS 10000 /* far enough away */

/** struct pair - a connection: the server's io and the client's socket */
struct pair {
	struct io io;
	int server, client;
};

/** open_pair() - @type SOCK_SEQPACKET shows what came and went in one call */
static void open_pair(struct pair *p, int type)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, type, 0, fds), 0);
	p->server = fds[0];
	p->client = fds[1];
	io_open(&p->io, p->server, p->server, clock_ms() + SECONDS, 100000);
}

static void close_pair(struct pair *p)
{
	close(p->server);
	close(p->client);
}

/** open_tcp() - a connection through TCP on the loopback interface */
static void open_tcp(struct pair *p)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&a, size), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &size), 0);
	p->client = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(p->client, (struct sockaddr *)&a, size), 0);
	p->server = accept(listener, NULL, NULL);
	assert_true(p->server >= 0);
	close(listener);
	io_open(&p->io, p->server, p->server, clock_ms() + SECONDS, 100000);
}

static void put(const struct pair *p, const char *data, size_t len)
{
	assert_int_equal(send(p->client, data, len, 0), len);
}

/** expect_line() - the next line is @text of @len bytes */
static void expect_line(struct pair *p, const char *text, size_t len)
{
	char *line;
	size_t got;

	assert_int_equal(io_line(&p->io, &line, &got), IO_OK);
	assert_int_equal(got, len);
	assert_memory_equal(line, text, len);
	assert_int_equal(line[len], '\0');
}

static enum io_result next_line(struct pair *p)
{
	char *line;
	size_t len;

	return io_line(&p->io, &line, &len);
}

static const char conversation[] =
	"VERSION=2.0.2\r\nAUTH\n\0\0user\0pw\r\n\r\n\na\rb\r\nbody";

static void expect_conversation(struct pair *p)
{
	char body[4];

	expect_line(p, "VERSION=2.0.2", 13);
	expect_line(p, "AUTH", 4);
	expect_line(p, "\0\0user\0pw", 9);
	expect_line(p, "", 0);
	expect_line(p, "", 0);
	expect_line(p, "a\rb", 3);
	assert_int_equal(io_bytes(&p->io, body, 4, SECONDS), IO_OK);
	assert_memory_equal(body, "body", 4);
}

static void all_at_once(void **state)
{
	struct pair p;

	(void)state;
	open_pair(&p, SOCK_STREAM);
	put(&p, conversation, sizeof(conversation) - 1);
	expect_conversation(&p);
	close_pair(&p);
}

static void single_bytes(void **state)
{
	struct pair p;
	size_t i;

	(void)state;
	open_pair(&p, SOCK_SEQPACKET);
	for (i = 0; i < sizeof(conversation) - 1; i++)
		put(&p, conversation + i, 1);
	expect_conversation(&p);
	close_pair(&p);
}

static void many_lines_through_one_buffer(void **state)
{
	static char line[1500];
	struct pair p;
	int i;

	(void)state;
	open_pair(&p, SOCK_STREAM);
	memset(line, 'x', sizeof(line));
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	for (i = 0; i < 10; i++)
		put(&p, line, sizeof(line));
	for (i = 0; i < 10; i++)
		expect_line(&p, line, sizeof(line) - 2);
	close_pair(&p);
}

static void end_of_input(void **state)
{
	struct pair p;
	char body[5];

	(void)state;
	open_pair(&p, SOCK_STREAM);
	put(&p, "whole\npart", 10);
	shutdown(p.client, SHUT_WR);
	expect_line(&p, "whole", 5);
	assert_int_equal(next_line(&p), IO_EOF);
	assert_int_equal(io_bytes(&p.io, body, 5, SECONDS), IO_EOF);
	close_pair(&p);
}

static void longest_line(void **state)
{
	static char line[IO_BUFFER_SIZE + 1];
	struct pair p;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[IO_BUFFER_SIZE - 1] = '\n';
	open_pair(&p, SOCK_STREAM);
	put(&p, line, IO_BUFFER_SIZE);
	expect_line(&p, line, IO_BUFFER_SIZE - 1);
	line[IO_BUFFER_SIZE - 1] = 'x';
	line[IO_BUFFER_SIZE] = '\n';
	put(&p, line, IO_BUFFER_SIZE + 1);
	assert_int_equal(next_line(&p), IO_TOO_LONG);
	close_pair(&p);
}

static void byte_budget(void **state)
{
	struct pair p;
	char body[8];

	(void)state;
	open_pair(&p, SOCK_STREAM);
	p.io.budget = 10;
	put(&p, "1234\n56789\n", 11);
	expect_line(&p, "1234", 4);
	assert_int_equal(next_line(&p), IO_TOO_LONG);
	assert_int_equal(io_bytes(&p.io, body, 6, SECONDS), IO_TOO_LONG);
	close_pair(&p);
}

static void deadlines(void **state)
{
	int64_t start = clock_ms();
	struct pair p;
	char body[4];

	(void)state;
	open_pair(&p, SOCK_STREAM);
	p.io.deadline = start + 50;
	put(&p, "slow", 4);
	assert_int_equal(next_line(&p), IO_DEADLINE);
	assert_true(clock_ms() >= start + 50);

	put(&p, "er\n", 3); /* what comes too late is not looked at */
	assert_int_equal(next_line(&p), IO_DEADLINE);

	p.io.deadline = clock_ms() + SECONDS;
	assert_int_equal(io_bytes(&p.io, body, 4, 1), IO_OK);
	assert_int_equal(io_bytes(&p.io, body, 4, 20),
			 IO_DEADLINE); /* "er\n" and a pause */
	assert_true(clock_ms() < p.io.deadline);
	close_pair(&p);
}

/** is_go() - 0 for "go" */
static int is_go(const char *data, size_t len)
{
	return len == 2 && !memcmp(data, "go", 2) ? 0 : -1;
}

/* tspc 2.1.1 sends VERSION without a line end, and waits for the answer */
static void a_pause_ends_a_whole_line(void **state)
{
	int64_t start = clock_ms();
	struct pair p;
	char *line;
	size_t len;

	(void)state;
	open_pair(&p, SOCK_STREAM);
	put(&p, "go", 2);
	assert_int_equal(io_line_or(&p.io, is_go, &line, &len), IO_OK);
	assert_int_equal(len, 2);
	assert_string_equal(line, "go");
	assert_true(clock_ms() >= start + 500);

	put(&p, "\r\n", 2); /* its end, too late */
	put(&p, "\0next\n", 6);
	assert_int_equal(io_line_filled(&p.io, &line, &len), IO_OK);
	assert_string_equal(line, "next");

	put(&p, "go\r\nrest", 8); /* no pause */
	assert_int_equal(io_line_or(&p.io, is_go, &line, &len), IO_OK);
	assert_string_equal(line, "go");
	p.io.deadline = clock_ms() + 700;
	assert_int_equal(io_line_or(&p.io, is_go, &line, &len), IO_DEADLINE);
	close_pair(&p);
}

static void reply_is_one_packet(void **state)
{
	static char reply[3000], got[4000];
	struct pair p;

	(void)state;
	open_pair(&p, SOCK_SEQPACKET);
	memset(reply, 'r', sizeof(reply));
	assert_int_equal(io_write(&p.io, reply, sizeof(reply)), IO_OK);
	assert_int_equal(io_write(&p.io, "200", 3), IO_OK);
	assert_int_equal(recv(p.client, got, sizeof(got), 0), sizeof(reply));
	assert_memory_equal(got, reply, sizeof(reply));
	assert_int_equal(recv(p.client, got, sizeof(got), 0), 3);
	close_pair(&p);
}

static void client_that_does_not_read(void **state)
{
	static char reply[65536];
	enum io_result result = IO_OK;
	struct pair p;
	int i;

	(void)state;
	open_pair(&p, SOCK_STREAM);
	p.io.deadline = clock_ms() + 50;
	for (i = 0; i < 100 && result == IO_OK; i++)
		result = io_write(&p.io, reply, sizeof(reply));
	assert_int_equal(result, IO_DEADLINE);
	close_pair(&p);
}

/* without MSG_NOSIGNAL this ends the test program */
static void client_that_is_gone(void **state)
{
	struct pair p;

	(void)state;
	open_pair(&p, SOCK_STREAM);
	close(p.client);
	assert_int_equal(io_write(&p.io, "x", 1), IO_ERROR);
	assert_int_equal(errno, EPIPE);
	close(p.server);
}

static void password_is_forgotten(void **state)
{
	static const char secret[] = "s3cret";
	struct pair p;

	(void)state;
	open_pair(&p, SOCK_SEQPACKET);
	put(&p, "first\r\n", 7);
	put(&p, "\0alice\0s3cret\r\nnext\r\n", 21);
	expect_line(&p, "first", 5);
	expect_line(&p, "\0alice\0s3cret", 13);
	io_forget(&p.io);
	assert_null(memmem(p.io.buffer, sizeof(p.io.buffer), secret, 6));
	expect_line(&p, "next", 4);
	close_pair(&p);
}

static void gap_waits(void **state)
{
	int64_t start = clock_ms();
	struct pair p;
	char got[8];

	(void)state;
	open_tcp(&p);
	assert_int_equal(io_write(&p.io, "one", 3), IO_OK);
	io_gap(&p.io);
	assert_true(clock_ms() >= start + 50);
	assert_int_equal(recv(p.client, got, sizeof(got), MSG_DONTWAIT), 3);
	close_pair(&p);
}

/* found by fuzz_session: the second reply went out although nobody had asked for it */
static void gap_over_udp_needs_a_packet(void **state)
{
	struct pair p;

	(void)state;
	open_pair(&p, SOCK_SEQPACKET);
	p.io.packets = true;
	assert_int_equal(send(p.client, "\n", 1, 0), 1);
	assert_int_equal(io_gap(&p.io), IO_OK);
	shutdown(p.client, SHUT_RDWR);
	assert_int_not_equal(io_gap(&p.io), IO_OK);
	close_pair(&p);
}

/* TCP resets a connection that is closed with input unread, and the reply is lost */
static void last_reply_is_read(void **state)
{
	static char rest[20000];
	struct pair p;
	char got[8];

	(void)state;
	open_tcp(&p);
	put(&p, rest, sizeof(rest));
	shutdown(p.client, SHUT_WR);
	assert_int_equal(io_write(&p.io, "302", 3), IO_OK);
	io_finish(&p.io);
	close(p.server);
	assert_int_equal(recv(p.client, got, sizeof(got), 0), 3);
	assert_int_equal(recv(p.client, got, sizeof(got), 0), 0);
	close(p.client);
}

static void finish_is_bounded(void **state)
{
	struct pair p;
	char got[8];

	(void)state;
	open_pair(&p, SOCK_STREAM);
	io_finish(&p.io); /* the client neither sends nor closes */
	assert_int_equal(recv(p.client, got, sizeof(got), MSG_DONTWAIT), 0);
	close_pair(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_at_once),
		cmocka_unit_test(single_bytes),
		cmocka_unit_test(many_lines_through_one_buffer),
		cmocka_unit_test(end_of_input),
		cmocka_unit_test(longest_line),
		cmocka_unit_test(byte_budget),
		cmocka_unit_test(deadlines),
		cmocka_unit_test(a_pause_ends_a_whole_line),
		cmocka_unit_test(reply_is_one_packet),
		cmocka_unit_test(client_that_does_not_read),
		cmocka_unit_test(client_that_is_gone),
		cmocka_unit_test(password_is_forgotten),
		cmocka_unit_test(gap_waits),
		cmocka_unit_test(gap_over_udp_needs_a_packet),
		cmocka_unit_test(last_reply_is_read),
		cmocka_unit_test(finish_is_bounded),
	};

	alarm(60); /* a wait without an end is a failure too */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
