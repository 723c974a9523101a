/* SPDX-License-Identifier: MIT */
/* test_message_limits.c - XML that is too much, too deep or cut off */
#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/buf.h"
#include "tsp/message.h"
#include "tsp/xml.h"

#define V4         "<address type=\"ipv4\">192.0.2.7</address>"
#define CREATE(in) "<tunnel action=\"create\" type=\"v6v4\">" in "</tunnel>"
#define CLIENT(in) CREATE("<client>" in "</client>")

/** read_text() - message_read() of a literal, on a copy that it may write to */
static int read_text(const char *xml, size_t len, struct message *out)
{
	static char copy[70000];

	assert_true(len < sizeof(copy));
	memcpy(copy, xml, len);
	copy[len] = '\0';
	return message_read(copy, len, out);
}

static void bad(const char *xml)
{
	struct message m;

	if (!read_text(xml, strlen(xml), &m))
		fail_msg("taken: %s", xml);
}

/** nested() - @depth elements in each other, @width siblings in the innermost; result of a check */
static int nested(size_t depth, size_t width)
{
	static char xml[70000];
	struct buf b = BUF_ON(xml);
	size_t i;

	for (i = 0; i < depth; i++)
		buf_text(&b, "<a>");
	for (i = 0; i < width; i++)
		buf_text(&b, "<b/>");
	for (i = 0; i < depth; i++)
		buf_text(&b, "</a>");
	assert_false(b.full);
	return xml_check(xml, b.len);
}

static void size_is_bounded(void **state)
{
	static const char many[] =
		"<a a='' b='' c='' d='' e='' f='' g='' h='' i='' j='' k='' "
		"l='' m='' n='' o='' p='' q=''/>";
	char xml[sizeof(many)];

	(void)state;
	assert_int_equal(nested(16, 0), 0);
	assert_int_equal(nested(17, 0), -1);
	assert_int_equal(nested(9000, 0), -1);
	assert_int_equal(nested(1, 255), 0);
	assert_int_equal(nested(1, 256), -1);
	memcpy(xml, many, sizeof(many));
	assert_int_equal(xml_check(xml, sizeof(many) - 1), -1);
	memcpy(xml, many, sizeof(many));
	memset(strstr(xml, "q=''"), ' ', 4);
	assert_int_equal(xml_check(xml, sizeof(many) - 1), 0);
}

/* libmxml would refuse these too, but not before it went wrong on some of their kind */
static void refused_before_libmxml(void **state)
{
	char mark[] = "<a>\xfe\xff</a>", names[] = "<a><b></a></b>",
	     open[] = "<a><b></a>";

	(void)state;
	assert_int_equal(xml_check(mark, sizeof(mark) - 1), -1);
	assert_int_equal(xml_check(names, sizeof(names) - 1), -1);
	assert_int_equal(xml_check(open, sizeof(open) - 1), -1);
}

/* fd 2 may be the client: libmxml must not complain there */
static void nothing_on_stderr(void **state)
{
	char got[64];
	int pipes[2], saved = dup(STDERR_FILENO);

	(void)state;
	assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
	dup2(pipes[1], STDERR_FILENO);
	bad(CLIENT(V4 "&bogus;"));
	bad("<tunnel action=\"accept\" action=\"accept\"/>");
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(pipes[1]);
	assert_int_equal(read(pipes[0], got, sizeof(got)), 0);
	close(pipes[0]);
}

/* every beginning of a request that is cut off is refused, without a read beyond its end */
static void every_cut_is_refused(void **state)
{
	static const char whole[] =
		"<?xml version=\"1.0\"?>\r\n<!-- c --><tunnel action='create' "
		"type=\"v6v4\">"
		"<client>" V4
		"<router ><prefix length=\"56\"/></router></client></tunnel>";
	struct message m;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(whole) - 1; len++)
		assert_int_equal(read_text(whole, len, &m), -1);
	assert_int_equal(read_text(whole, len, &m), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(size_is_bounded),
		cmocka_unit_test(refused_before_libmxml),
		cmocka_unit_test(nothing_on_stderr),
		cmocka_unit_test(every_cut_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
