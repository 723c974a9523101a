/* SPDX-License-Identifier: MIT */
/* test_frame.c - the lines around the XML: good, bad and as clients really send them */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/config.h"
#include "tsp/frame.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/** struct bytes - a line that may hold NULs */
struct bytes {
	const char *p;
	size_t len;
};
#define BYTES(literal) .p = (literal), .len = sizeof(literal) - 1

static void versions(void **state)
{
	static const char *const good[] = {
		"VERSION=2.0.0",  "VERSION=2.0.1",   "VERSION=2.0.2",
		"VERSION=2.0.2 ", "version = 2.0.2", "\tVERSION=2.0.0",
	};
	static const struct bytes bad[] = {
		{BYTES("")},
		{BYTES("VERSION")},
		{BYTES("VERSION=")},
		{BYTES("VERSION=2.0.3")},
		{BYTES("VERSION=2.0")},
		{BYTES("VERSION=1.0.2")},
		{BYTES("VERSION=2.0.22")},
		{BYTES("VERSION=2.0.2.1")},
		{BYTES("VERSION 2.0.2")},
		{BYTES("VERSION=2.0.2 x")},
		{BYTES("VERSION=2.0.2\0")},
		{BYTES("VERSION=+2.0.2")},
		{BYTES("VERSIO=2.0.2")},
		{BYTES("VERSION=2.0.2\xff")},
		{BYTES("=2.0.2")},
		{BYTES("GET / HTTP/1.1")},
		{BYTES("VERSION==2.0.2")},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		assert_int_equal(frame_version(good[i], strlen(good[i])), 0);
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(frame_version(bad[i].p, bad[i].len), -1);
}

static void mechanisms(void **state)
{
	static const struct {
		const char *line;
		unsigned mechanism;
		const char *initial;
	} good[] = {
		{"AUTHENTICATE ANONYMOUS", MECHANISM_ANONYMOUS, ""},
		{"AUTHENTICATE PLAIN", MECHANISM_PLAIN, ""},
		{"AUTHENTICATE DIGEST-MD5", MECHANISM_DIGEST_MD5, ""},
		{" authenticate\t PLAIN  ", MECHANISM_PLAIN, ""},
		{"AUTHENTICATE ANONYMOUS  me@example.net  here ", MECHANISM_ANONYMOUS,
		 "me@example.net  here"},
		{"AUTHENTICATE PLAIN AGEAYg==", MECHANISM_PLAIN, "AGEAYg=="},
		{"AUTHENTICATE PLAIN2", 0, ""},
		{"AUTHENTICATE SCRAM-SHA-256 x", 0, "x"},
	};
	static const char *const bad[] = {
		"",
		" ",
		"AUTHENTICATE",
		"AUTHENTICATE ",
		"AUTHENTICATEPLAIN",
		"AUTH PLAIN",
		"VERSION=2.0.2",
		"PLAIN",
	};
	struct frame_authenticate a;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_int_equal(
			frame_authenticate(good[i].line, strlen(good[i].line), &a), 0);
		assert_int_equal(a.mechanism, good[i].mechanism);
		assert_int_equal(a.initial_len, strlen(good[i].initial));
		assert_memory_equal(a.initial, good[i].initial, a.initial_len);
	}
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(frame_authenticate(bad[i], strlen(bad[i]), &a), -1);
}

/* however it is wrapped, the broker gets: authzid NUL user NUL password */
static void plain_forms(void **state)
{
	static const struct {
		struct bytes line;
		struct bytes message;
	} good[] = {
		{{BYTES("\0\0alice\0s3cret")}, {BYTES("\0alice\0s3cret")}},
		{{BYTES("\0alice\0s3cret")}, {BYTES("\0alice\0s3cret")}},
		{{BYTES("\0boss\0alice\0s3cret")}, {BYTES("boss\0alice\0s3cret")}},
		{{BYTES("boss\0alice\0s3cret")}, {BYTES("boss\0alice\0s3cret")}},
		{{BYTES("\0AGFsaWNlAHMzY3JldA==")}, {BYTES("\0alice\0s3cret")}},
		{{BYTES("AGFsaWNlAHMzY3JldA==")}, {BYTES("\0alice\0s3cret")}},
		{{BYTES("AGFsaWNlAHMzY3JldA== ")}, {BYTES("\0alice\0s3cret")}},
		{{BYTES("\0\0alice\0")}, {BYTES("\0alice\0")}},
		{{BYTES("\0\0alice\0 pass word ")}, {BYTES("\0alice\0 pass word ")}},
	};
	static const struct bytes bad[] = {
		{BYTES("")},
		{BYTES("\0")},
		{BYTES("\0\0\0\0")},
		{BYTES("a\0b\0c\0d")},
		{BYTES("alice")},
		{BYTES("*")},
		{BYTES("YWxpY2U=")},
		{BYTES("alice\0pw")},
		{BYTES("\0\0\0\0a\0b")},
		{BYTES("AGFsaWNlAHMzY3JldA=")},
	};
	struct ipc_sasl sasl;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_int_equal(frame_plain(good[i].line.p, good[i].line.len, &sasl), 0);
		assert_int_equal(sasl.len, good[i].message.len);
		assert_memory_equal(sasl.data, good[i].message.p, sasl.len);
	}
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(frame_plain(bad[i].p, bad[i].len, &sasl), -1);
}

static void plain_is_bounded(void **state)
{
	static char line[IPC_SASL_MAX + 1];
	struct ipc_sasl sasl;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[0] = line[9] = '\0';
	assert_int_equal(frame_plain(line, IPC_SASL_MAX, &sasl), 0);
	assert_int_equal(sasl.len, IPC_SASL_MAX);
	assert_int_equal(frame_plain(line, IPC_SASL_MAX + 1, &sasl), -1);
	assert_int_equal(errno, EMSGSIZE);
}

static void base64_lines(void **state)
{
	static char line[2736];
	struct ipc_sasl sasl;

	(void)state;
	assert_int_equal(frame_base64(" cnNwYXV0aD0= ", 14, &sasl), 0);
	assert_int_equal(sasl.len, 8);
	assert_memory_equal(sasl.data, "rspauth=", 8);
	assert_int_equal(frame_base64("", 0, &sasl), 0);
	assert_int_equal(sasl.len, 0);
	assert_int_equal(frame_base64("cnNw YXV0", 9, &sasl), -1);

	memset(line, 'A', sizeof(line));
	assert_int_equal(frame_base64(line, 2728, &sasl), 0);  /* 2046 bytes */
	assert_int_equal(frame_base64(line, 2732, &sasl), -1); /* 2049 */
	assert_int_equal(errno, EMSGSIZE);
}

static void content_lengths(void **state)
{
	static const struct {
		const char *line;
		uint32_t n;
	} good[] = {
		{"Content-length: 35", 35},     {"Content-length:8192", 8192},
		{"CONTENT-LENGTH : 1", 1},      {"content-length:\t 399  ", 399},
		{" Content-Length: 00035", 35},
	};
	static const struct bytes bad[] = {
		{BYTES("")},
		{BYTES("35")},
		{BYTES("Content-length")},
		{BYTES("Content-length:")},
		{BYTES("Content-length: ")},
		{BYTES("Content-length: -1")},
		{BYTES("Content-length: +1")},
		{BYTES("Content-length: 0")},
		{BYTES("Content-length: 8193")},
		{BYTES("Content-length: 4294967331")},
		{BYTES("Content-length: 18446744073709551651")},
		{BYTES("Content-length: 99999999999999999999999999")},
		{BYTES("Content-length: 3 5")},
		{BYTES("Content-length: 35;")},
		{BYTES("Content-length: 0x23")},
		{BYTES("Content-length: thirty-five")},
		{BYTES("Content-length: 35\0")},
		{BYTES("Content-length: 35\0junk")},
		{BYTES("Content_length: 35")},
		{BYTES("X-Content-length: 35")},
		{BYTES("Host: 35")},
		{BYTES("<tunnel action=\"accept\"></tunnel>")},
	};
	uint32_t n;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++) {
		assert_int_equal(frame_content_length(good[i].line, strlen(good[i].line),
						      8192, &n),
				 0);
		assert_int_equal(n, good[i].n);
	}
	for (i = 0; i < COUNT(bad); i++) {
		n = 7;
		assert_int_equal(frame_content_length(bad[i].p, bad[i].len, 8192, &n),
				 -1);
		assert_int_equal(n, 7);
	}
}

static void nuls_and_blanks(void **state)
{
	char line[] = "\0\0Content";
	char *p = line;
	size_t len = sizeof(line) - 1;

	(void)state;
	frame_skip_nuls(&p, &len);
	assert_string_equal(p, "Content");
	assert_int_equal(len, 7);
	assert_false(frame_is_blank(p, len));

	len = 2;
	p = line;
	frame_skip_nuls(&p, &len);
	assert_int_equal(len, 0);
	assert_true(frame_is_blank(p, len));
	assert_true(frame_is_blank(" \t", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions),        cmocka_unit_test(mechanisms),
		cmocka_unit_test(plain_forms),     cmocka_unit_test(plain_is_bounded),
		cmocka_unit_test(base64_lines),    cmocka_unit_test(content_lengths),
		cmocka_unit_test(nuls_and_blanks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
