/* SPDX-License-Identifier: MIT */
/* test_digest.c - DIGEST-MD5 messages between the dialects of GNU SASL and clients */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "auth/digest.h"

static void test_squeeze(void **state)
{
	static const char *const rows[][2] = {
		{"", ""},
		{"a=b", "a=b"},
		{"realm=\"r\", nonce=\"n\", qop=\"auth\", charset=utf-8",
		 "realm=\"r\",nonce=\"n\",qop=\"auth\",charset=utf-8"},
		{"a=b,   c=d,e=f", "a=b,c=d,e=f"},
		{"realm=\"two words, and a comma\", x=y",
		 "realm=\"two words, and a comma\",x=y"},
		{"a=\"b\" , c", "a=\"b\" ,c"},
		{", ", ","},
	};
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_ON(text);

		buf_clear(&out);
		digest_squeeze(&out, rows[i][0], strlen(rows[i][0]));
		assert_string_equal(text, rows[i][1]);
		assert_false(out.full);
	}
}

static void test_normalise(void **state)
{
	static const char *const rows[][2] = {
		{"", "charset=utf-8,qop=auth"},
		{"charset=utf8,user=\"alice\",qop=auth",
		 "charset=utf-8,user=\"alice\",qop=auth"},
		{"user=\"alice\",charset=utf-8", "charset=utf-8,user=\"alice\",qop=auth"},
		{"user=\"alice\",CHARSET=UTF8,nc=1",
		 "charset=utf-8,user=\"alice\",nc=1,qop=auth"},
		{"qop=auth-int,user=\"alice\"",
		 "charset=utf-8,qop=auth-int,user=\"alice\""},
		/* blanks and empty elements are allowed between directives (RFC 2831, 7.1) */
		{"qop=b, \t\r\n c=d,,e=f, ", "charset=utf-8,qop=b,c=d,e=f"},
		/* quoted text stays unchanged */
		{"user=\"a,charset=utf8,qop=b\"",
		 "charset=utf-8,user=\"a,charset=utf8,qop=b\",qop=auth"},
		/* another charset is GNU SASL's to refuse */
		{"charset=utf88,qop=b", "charset=utf-8,charset=utf88,qop=b"},
		{"charset=utf,qop=b", "charset=utf-8,charset=utf,qop=b"},
		{"qop=b,user=\"never closed, a=b",
		 "charset=utf-8,qop=b,user=\"never closed, a=b"},
	};
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_ON(text);

		buf_clear(&out);
		assert_int_equal(digest_normalise(&out, rows[i][0], strlen(rows[i][0])),
				 0);
		assert_string_equal(text, rows[i][1]);
	}
}

static void test_not_normal(void **state)
{
	static const char *const rows[] = {
		"username", "a=b,username,c=d", "realm,", "x y", "\"a\"",
	};
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out = BUF_ON(text);
		size_t len = strlen(rows[i]);

		buf_clear(&out);
		assert_int_equal(digest_normalise(&out, rows[i], len), -1);
	}
}

static void test_service(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{"digest-uri=\"tsp/127.0.0.1\"", true},
		{"a=b,digest-uri=\"tsp/hexos\",c=d", true},
		{"a=b,Digest-URI=\"TSP/hexos/peer\"", true},
		{"digest-uri=tsp/x", true},
		{"digest-uri=\"http/127.0.0.1\"", false},
		{"digest-uri=\"tspx/127.0.0.1\"", false},
		{"digest-uri=\"tsp\"", false},
		{"digest-uri=tsp", false},
		{"digest-uri=\"", false},
		{"digest-uri=", false},
		{"", false},
		{"a=b", false},
		{"a=\"b,digest-uri=tsp/x\"", false},
		{"digest-uri=\"tsp/a\",digest-uri=\"http/a\"", false},
		{"digest-uri=\"http/a\",digest-uri=\"tsp/a\"", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (digest_is_for("tsp", rows[i].text, strlen(rows[i].text)) !=
		    rows[i].good)
			fail_msg("%s", rows[i].text);
	}
	/* not a byte behind the end */
	assert_false(digest_is_for("tsp", "digest-uri=tsp/x", 14));
}

static void test_bounds(void **state)
{
	char input[256], text[sizeof(input) + DIGEST_NORMALISE_ADDS + 1];
	struct buf out = BUF_ON(text);

	(void)state;
	/* as long as it can get: one directive, nothing dropped */
	memset(input, '=', sizeof(input));
	buf_clear(&out);
	assert_int_equal(digest_normalise(&out, input, sizeof(input)), 0);
	assert_int_equal(out.len, sizeof(input) + DIGEST_NORMALISE_ADDS);

	/* a byte less of room, and it says so */
	out.size--;
	buf_clear(&out);
	assert_int_equal(digest_normalise(&out, input, sizeof(input)), -1);

	out.size++;
	buf_clear(&out);
	assert_int_equal(digest_normalise(&out, "a=b\0,c=d", 8), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_squeeze),    cmocka_unit_test(test_normalise),
		cmocka_unit_test(test_not_normal), cmocka_unit_test(test_service),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
