/* SPDX-License-Identifier: MIT */
/* test_base64.c - base64: the vectors of RFC 4648, and what must not pass for it */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base64.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *bytes;
	const char *text;
} vectors[] = {
	{"", ""},
	{"f", "Zg=="},
	{"fo", "Zm8="},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg=="},
	{"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"},
	{"\xfb\xff\xbf", "+/+/"},
};

static void vectors_both_ways(void **state)
{
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(vectors); i++) {
		char text[32] = "";
		uint8_t bytes[16];
		struct buf out = BUF_ON(text);

		base64_encode(&out, (const uint8_t *)vectors[i].bytes,
			      strlen(vectors[i].bytes));
		assert_string_equal(text, vectors[i].text);
		assert_int_equal(base64_decode(text, out.len, bytes, sizeof(bytes), &len),
				 0);
		assert_int_equal(len, strlen(vectors[i].bytes));
		assert_memory_equal(bytes, vectors[i].bytes, len);
	}
}

static void nul_bytes_survive(void **state)
{
	static const uint8_t plain[] = "\0alice\0s3cret";
	char text[32];
	struct buf out = BUF_ON(text);
	uint8_t bytes[32];
	size_t len;

	(void)state;
	base64_encode(&out, plain, sizeof(plain) - 1);
	assert_string_equal(text, "AGFsaWNlAHMzY3JldA==");
	assert_int_equal(base64_decode(text, out.len, bytes, sizeof(bytes), &len), 0);
	assert_int_equal(len, sizeof(plain) - 1);
	assert_memory_equal(bytes, plain, len);
}

static void refused(void **state)
{
	static const char *const bad[] = {
		"Z",     "Zg",   "Zg=",  "Zg===",    "Zm9vY",   "Zm9v====", "====",
		"=g==",  "Z===", "Zm=v", "Zg==Zg==", "Zh==",    "Zm9=",     "Zm9v ",
		"Zm9\n", "Zm9-", "Zm9_", "*",        "Zm\xc3v",
	};
	uint8_t bytes[32];
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(bad); i++) {
		errno = 0;
		assert_int_equal(
			base64_decode(bad[i], strlen(bad[i]), bytes, sizeof(bytes), &len),
			-1);
		assert_int_equal(errno, EINVAL);
	}
	assert_int_equal(base64_decode("Zm\0v", 4, bytes, sizeof(bytes), &len), -1);
	for (i = 5; i < 8; i++) /* bytes behind the text are not read */
		assert_int_equal(base64_decode("Zm9vYmFy", i, bytes, sizeof(bytes), &len),
				 -1);
}

static void bounded(void **state)
{
	uint8_t bytes[4] = {0, 0, 0, 0xaa};
	char text[8];
	struct buf out = BUF_ON(text);
	size_t len;

	(void)state;
	assert_int_equal(base64_decode("Zm9v", 4, bytes, 3, &len), 0);
	assert_int_equal(base64_decode("Zm9vYg==", 8, bytes, 3, &len), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(bytes[3], 0xaa);

	base64_encode(&out, (const uint8_t *)"foobar", 6);
	assert_true(out.full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_both_ways),
		cmocka_unit_test(nul_bytes_survive),
		cmocka_unit_test(refused),
		cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
