/* SPDX-License-Identifier: MIT */
/* test_io_watch.c - a connection is over when what it depends on has gone */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "tsp/io.h"

#define SECONDS 10000 /* far enough away */

static void the_end_of_what_is_watched_is_the_end(void **state)
{
	int client[2], watched[2];
	struct io io;
	size_t len;
	char *line;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, client), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, watched), 0);
	io_open(&io, client[0], client[0], clock_ms() + SECONDS, 100000);
	io.watch = watched[0];
	assert_int_equal(write(client[1], "a\n", 2), 2);
	assert_int_equal(io_line(&io, &line, &len), IO_OK);
	close(watched[1]); /* the client is there still, and says nothing */
	assert_int_equal(io_line(&io, &line, &len), IO_ERROR);
	assert_int_equal(errno, EPIPE);
	close(watched[0]);
	close(client[0]);
	close(client[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_of_what_is_watched_is_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
