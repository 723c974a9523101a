/* SPDX-License-Identifier: MIT */
/* test_sasl_digest.c - DIGEST-MD5 exchanges with clients in the field */
#include "tests/unit/auth/sasl_fixture.h"

/** struct response - what a client of the field puts into a DIGEST-MD5 response */
struct response {
	const char *format; /* NULL: that of the recording */
	const char *user, *password, *realm;
	const char *authzid; /* whose rights it asks for; NULL: does not say */
	const char *uri; /* MD5("AUTHENTICATE:" and its URI); NULL: of tsp/127.0.0.1 */
	char nonce[64];
	char text[1024];
	char rspauth[USERS_DIGEST_LEN + 8];
};

/*
 * users_digest() is MD5 of three texts and the colons between them, which is all that
 * RFC 2831, 2.1.2.1 needs; the hashes of "AUTHENTICATE:tsp/127.0.0.1" and of
 * ":tsp/127.0.0.1", texts with one colon, are constants.
 */
static void make_response(struct response *r)
{
	static const char cnonce[] = "1795424658";
	const char *format =
		r->format ? r->format
			  : "charset=utf8,username=\"%s\",realm=\"%s\","
			    "nonce=\"%s\",nc=00000001,cnonce=\"%s\","
			    "digest-uri=\"tsp/127.0.0.1\",response=%s,qop=auth";
	char a1[USERS_DIGEST_LEN], response[USERS_DIGEST_LEN], middle[128],
		secret[17] = "";
	char byte[3] = "";
	size_t i;

	users_digest(r->user, strlen(r->user), r->realm, r->password, strlen(r->password),
		     a1);
	for (i = 0; i < 16; i++) {
		memcpy(byte, a1 + 2 * i, 2);
		secret[i] = (char)strtoul(byte, NULL, 16);
	}
	snprintf(middle, sizeof(middle), "%s%s%s", cnonce, r->authzid ? ":" : "",
		 r->authzid ? r->authzid : "");
	users_digest(secret, 16, r->nonce, middle, strlen(middle), a1);

	snprintf(middle, sizeof(middle), "%s:00000001:%s:auth", r->nonce, cnonce);
	users_digest(a1, 32, middle, r->uri ? r->uri : "2a06f65a8f03589f526b33f2c77451cf",
		     32, response);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(r->text, sizeof(r->text), format, r->user, r->realm, r->nonce, cnonce,
		 response);
#pragma GCC diagnostic pop
	if (r->authzid) {
		strcat(r->text, ",authzid=");
		strcat(r->text, r->authzid);
	}

	users_digest(a1, 32, middle, "8ea01326007ab38f142de2418030f36b", 32, response);
	snprintf(r->rspauth, sizeof(r->rspauth), "rspauth=%s", response);
}

/* the client above computes what the recorded one did */
static void test_recording(void **state)
{
	struct response r = {.user = "alice",
			     .password = "s3cret",
			     .realm = REALM,
			     .nonce = "g7YmM+DsHmh0h8wu"};

	(void)state;
	make_response(&r);
	assert_string_equal(r.text, "charset=utf8,username=\"alice\",realm=\"peerlab\","
				    "nonce=\"g7YmM+DsHmh0h8wu\",nc=00000001,"
				    "cnonce=\"1795424658\",digest-uri=\"tsp/127.0.0.1\","
				    "response=eb29369ed4bc98b6d7eb80a721da1465,qop=auth");
	assert_string_equal(r.rspauth, "rspauth=34ca9c9024b4721e0c965bc1767cd428");
}

/** start_digest() - an exchange up to its challenge, whose nonce a response can use */
static struct sasl *start_digest(char nonce[64])
{
	struct sasl_output output;
	struct sasl *sasl;
	char text[IPC_SASL_MAX + 1];
	const char *start;

	assert_int_equal(
		sasl_start(&config, MECHANISM_DIGEST_MD5, NULL, 0, &sasl, &output),
		SASL_MORE);
	assert_null(sasl_user(sasl));
	memcpy(text, output.data, output.len);
	text[output.len] = '\0';

	assert_null(strstr(text, ", "));
	assert_int_equal(strncmp(text, "realm=\"" REALM "\",", strlen(REALM) + 9), 0);
	assert_non_null(strstr(text, ",qop=\"auth\","));
	assert_non_null(strstr(text, ",charset=utf-8,"));
	assert_non_null(strstr(text, ",algorithm=md5-sess"));
	start = strstr(text, ",nonce=\"");
	assert_non_null(start);
	assert_int_equal(sscanf(start, ",nonce=\"%63[^\",]\"", nonce), 1);
	assert_true(strlen(nonce) >= 16);
	return sasl;
}

/** field[] - responses as clients in the field write them, and whether they are good */
static const struct {
	const char *user, *password, *realm, *format;
	bool good;
} field[] = {
	{"alice", "s3cret", REALM, NULL, true},
	{"bob", "hunter2", REALM, NULL, true},
	{"alice", "hunter2", REALM, NULL, false},
	{"alice", "", REALM, NULL, false},
	{"carol", "s3cret", REALM, NULL, false},
	{"Alice", "s3cret", REALM, NULL, false},
	{"", "", REALM, NULL, false},
	{"alice", "elsewhere", "other", NULL, false},
	{"alice", "s3cret", "", NULL, false},
	/* in another order, with blanks, without a charset, with rights of his own */
	{"alice", "s3cret", REALM,
	 "username=\"%s\", realm=\"%s\", nonce=\"%s\", nc=00000001, "
	 "cnonce=\"%s\", "
	 "digest-uri=\"tsp/127.0.0.1\", response=%s, qop=auth, charset=utf-8",
	 true},
	{"alice", "s3cret", REALM,
	 "username=\"%s\",realm=\"%s\",nonce=\"%s\",nc=00000001,cnonce=\"%s\","
	 "digest-uri=\"tsp/127.0.0.1\",response=%s",
	 true},
	/* replayed, or for protection that was not offered */
	{"alice", "s3cret", REALM,
	 "username=\"%s\",realm=\"%s\",nonce=\"%s\",nc=00000002,cnonce=\"%s\","
	 "digest-uri=\"tsp/127.0.0.1\",response=%s,qop=auth",
	 false},
	{"alice", "s3cret", REALM,
	 "username=\"%s\",realm=\"%s\",nonce=\"%s\",nc=00000001,cnonce=\"%s\","
	 "digest-uri=\"tsp/127.0.0.1\",response=%s,qop=auth-int",
	 false},
	{"alice", "s3cret", REALM,
	 "username=\"%s\",realm=\"%s\",nonce=\"x%s\",nc=00000001,cnonce=\"%s\","
	 "digest-uri=\"tsp/127.0.0.1\",response=%s,qop=auth",
	 false},
	/* the digest covers another user, realm, service or charset than it says */
	{"alice", "s3cret", REALM,
	 "username=\"bob\",x=\"%s\",realm=\"%s\",nonce=\"%s\",nc=00000001,"
	 "cnonce=\"%s\",digest-uri=\"tsp/127.0.0.1\",response=%s,qop=auth",
	 false},
	{"alice", "s3cret", REALM,
	 "username=\"%s\",realm=\"other\",x=\"%s\",nonce=\"%s\",nc=00000001,"
	 "cnonce=\"%s\",digest-uri=\"tsp/127.0.0.1\",response=%s,qop=auth",
	 false},
	{"alice", "s3cret", REALM,
	 "username=\"%s\",realm=\"%s\",nonce=\"%s\",nc=00000001,cnonce=\"%s\","
	 "digest-uri=\"tsp/192.0.2.1\",response=%s,qop=auth",
	 false},
	{"alice", "s3cret", REALM,
	 "charset=latin1,username=\"%s\",realm=\"%s\",nonce=\"%s\",nc=00000001,"
	 "cnonce=\"%s\",digest-uri=\"tsp/127.0.0.1\",response=%s,qop=auth",
	 false},
	/* no name=value; no realm, for which unpatched GNU SASL 2.2 reads through NULL */
	{"alice", "s3cret", REALM, "username,x=\"%s%s%s%s%s\"", false},
	{"alice", "s3cret", REALM,
	 "username=\"%s\",x=\"%s\",nonce=\"%s\",nc=00000001,cnonce=\"%s\","
	 "digest-uri=\"tsp/127.0.0.1\",response=%s,qop=auth",
	 false},
};

static void test_digest_of_the_field(void **state)
{
	size_t i;

	(void)state;
	logged[0] = '\0';
	for (i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		struct response r = {.user = field[i].user,
				     .password = field[i].password,
				     .realm = field[i].realm,
				     .format = field[i].format};
		struct sasl *sasl = start_digest(r.nonce);
		struct sasl_output output;
		enum sasl_result result;

		make_response(&r);
		result =
			sasl_step(sasl, (const uint8_t *)r.text, strlen(r.text), &output);
		if (result != (field[i].good ? SASL_DONE : SASL_REFUSED))
			fail_msg("row %zu: %d for %s", i, result, r.text);
		if (field[i].good) {
			assert_string_equal(sasl_user(sasl), field[i].user);
			assert_int_equal(output.len, strlen(r.rspauth));
			assert_memory_equal(output.data, r.rspauth, output.len);
		} else {
			assert_null(sasl_user(sasl));
			assert_int_equal(output.len, 0);
		}
		/* the same again is a second try */
		assert_int_equal(
			sasl_step(sasl, (const uint8_t *)r.text, strlen(r.text), &output),
			SASL_REFUSED);
		assert_null(sasl_user(sasl));
		sasl_end(sasl);
	}
	assert_string_equal(logged, "");
}

static void test_digest_rights(void **state)
{
	static const struct {
		const char *authzid;
		enum sasl_result result;
	} rows[] = {
		{"alice", SASL_DONE},
		{"bob", SASL_REFUSED},
		{"Alice", SASL_REFUSED},
		{"alice@peerlab", SASL_REFUSED},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct response r = {.user = "alice",
				     .password = "s3cret",
				     .realm = REALM,
				     .authzid = rows[i].authzid};
		struct sasl *sasl = start_digest(r.nonce);
		struct sasl_output output;

		make_response(&r);
		assert_int_equal(
			sasl_step(sasl, (const uint8_t *)r.text, strlen(r.text), &output),
			rows[i].result);
		sasl_end(sasl);
	}
}

/* a right response to another service's challenge, carried here by a man in the middle */
static void test_digest_of_another_service(void **state)
{
	struct response r = {
		.user = "alice",
		.password = "s3cret",
		.realm = REALM,
		.uri = "78200fed1698cba5cac49f730fe46cfc",
		.format = "username=\"%s\",realm=\"%s\",nonce=\"%s\",nc=00000001,"
			  "cnonce=\"%s\",digest-uri=\"http/127.0.0.1\",response=%s",
	};
	struct sasl *sasl = start_digest(r.nonce);
	struct sasl_output output;

	(void)state;
	make_response(&r);
	assert_int_equal(
		sasl_step(sasl, (const uint8_t *)r.text, strlen(r.text), &output),
		SASL_REFUSED);
	assert_null(sasl_user(sasl));
	sasl_end(sasl);
}

static void test_digest_broken(void **state)
{
	static const struct {
		const uint8_t *input;
		size_t len;
	} rows[] = {
		{LOGIN("")},
		{LOGIN("\0")},
		{LOGIN(",")},
		{LOGIN("=")},
		{LOGIN("\"")},
		{LOGIN("username=")},
		{LOGIN("username=,nonce=,cnonce=,nc=,digest-uri=,response=")},
		{LOGIN("realm")},
		{LOGIN("charset")},
		{LOGIN("charset=utf8")},
		{LOGIN("qop=\"auth")},
		{LOGIN("nc=00000001\0,username=\"alice\"")},
	};
	struct sasl_output output;
	char nonce[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sasl *sasl = start_digest(nonce);

		assert_int_equal(sasl_step(sasl, rows[i].input, rows[i].len, &output),
				 SASL_REFUSED);
		assert_int_equal(output.len, 0);
		sasl_end(sasl);
	}
}

static void test_digest_server_first(void **state)
{
	struct sasl_output output;
	struct sasl *sasl;
	char one[64], two[64];

	(void)state;
	assert_int_equal(sasl_start(&config, MECHANISM_DIGEST_MD5, (const uint8_t *)"a=b",
				    3, &sasl, &output),
			 SASL_REFUSED);
	assert_null(sasl_claimed(sasl));
	sasl_end(sasl);

	sasl_end(start_digest(one));
	sasl_end(start_digest(two));
	assert_string_not_equal(one, two);
}

/* gone between challenge and response */
static void test_lost_users_file(void **state)
{
	struct response r = {.user = "alice", .password = "s3cret", .realm = REALM};
	struct sasl_output output;
	struct sasl *sasl = start_digest(r.nonce);
	char users[PATH_MAX];

	(void)state;
	logged[0] = '\0';
	make_response(&r);
	strcpy(users, config.users);
	strcpy(config.users, "/nonexistent/users");
	assert_int_equal(
		sasl_step(sasl, (const uint8_t *)r.text, strlen(r.text), &output),
		SASL_ERROR);
	strcpy(config.users, users);
	assert_int_equal(strncmp(logged, "/nonexistent/users: ", 20), 0);
	assert_null(sasl_user(sasl));
	sasl_end(sasl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recording),
		cmocka_unit_test(test_digest_of_the_field),
		cmocka_unit_test(test_digest_rights),
		cmocka_unit_test(test_digest_of_another_service),
		cmocka_unit_test(test_digest_broken),
		cmocka_unit_test(test_digest_server_first),
		cmocka_unit_test(test_lost_users_file),
	};

	return cmocka_run_group_tests(tests, make_users, remove_users);
}
