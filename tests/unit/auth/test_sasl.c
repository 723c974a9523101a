/* SPDX-License-Identifier: MIT */
/* test_sasl.c - SASL exchanges: ANONYMOUS, PLAIN, and with GNU SASL's own client */
#include "tests/unit/auth/sasl_fixture.h"

#include <errno.h>
#include <gsasl.h>

static void assert_nothing(const struct sasl *sasl, const struct sasl_output *output)
{
	assert_null(sasl);
	assert_int_equal(output->len, 0);
}

static void test_anonymous(void **state)
{
	static const char *const traces[] = {"", "joe@example.net", "\xff\xfe\n\x1b[2J"};
	struct sasl_output output;
	struct sasl *sasl;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		assert_int_equal(sasl_start(&config, MECHANISM_ANONYMOUS,
					    (const uint8_t *)traces[i], strlen(traces[i]),
					    &sasl, &output),
				 SASL_DONE);
		assert_int_equal(output.len, 0);
		assert_null(sasl_user(sasl));
		/* an exchange that has ended stays ended */
		assert_int_equal(sasl_step(sasl, (const uint8_t *)"x", 1, &output),
				 SASL_REFUSED);
		sasl_end(sasl);
	}
}

static void test_mechanisms(void **state)
{
	static const uint8_t login[] = "\0alice\0s3cret";
	static const unsigned none[] = {0, 3, 8, 0x80000000};
	struct config only = config;
	struct sasl_output output;
	struct sasl *sasl;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_int_equal(sasl_start(&config, (enum mechanism)none[i], login,
					    sizeof(login) - 1, &sasl, &output),
				 SASL_REFUSED);
		assert_nothing(sasl, &output);
	}
	only.mechanisms = MECHANISM_DIGEST_MD5;
	assert_int_equal(sasl_start(&only, MECHANISM_PLAIN, login, sizeof(login) - 1,
				    &sasl, &output),
			 SASL_REFUSED);
	assert_nothing(sasl, &output);
	assert_int_equal(sasl_start(&only, MECHANISM_ANONYMOUS, NULL, 0, &sasl, &output),
			 SASL_REFUSED);
	assert_nothing(sasl, &output);
}

static const struct {
	const uint8_t *input;
	size_t len;
	const char *user; /* NULL: refused */
} plain[] = {
	{LOGIN("\0alice\0s3cret"), "alice"},
	{LOGIN("alice\0alice\0s3cret"), "alice"},
	{LOGIN("\0bob\0hunter2"), "bob"},
	{LOGIN("\0alice\0s3creT"), NULL},
	{LOGIN("\0alice\0s3cre"), NULL},
	{LOGIN("\0alice\0s3crett"), NULL},
	{LOGIN("\0alice\0hunter2"), NULL},
	{LOGIN("\0alice\0"), NULL},
	{LOGIN("\0alice\0elsewhere"), NULL},
	{LOGIN("\0Alice\0s3cret"), NULL},
	{LOGIN("\0carol\0s3cret"), NULL},
	{LOGIN("\0\0s3cret"), NULL},
	{LOGIN("\0\0"), NULL},
	{LOGIN("\0alice"), NULL},
	{LOGIN("alice"), NULL},
	{LOGIN("\0alice\0s3cret\0"), NULL},
	{LOGIN("\0alice\0s3cret\r\n"), NULL},
	{LOGIN("\0\0alice\0s3cret"), NULL},
	{LOGIN("bob\0alice\0s3cret"), NULL}, /* for the rights of somebody else */
	{LOGIN("alice\0bob\0hunter2"), NULL},
	{LOGIN("Alice\0alice\0s3cret"), NULL},
	{LOGIN("\0alice\n\0s3cret"), NULL},
	{LOGIN("\0al\xff"
	       "ice\0s3cret"),
	 NULL},
};

static void test_plain(void **state)
{
	struct sasl_output output;
	struct sasl *sasl;
	size_t i;

	(void)state;
	logged[0] = '\0';
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		enum sasl_result result =
			sasl_start(&config, MECHANISM_PLAIN, plain[i].input, plain[i].len,
				   &sasl, &output);

		if (result != (plain[i].user ? SASL_DONE : SASL_REFUSED))
			fail_msg("row %zu: %d", i, result);
		assert_int_equal(output.len, 0);
		if (plain[i].user)
			assert_string_equal(sasl_user(sasl), plain[i].user);
		else
			assert_true(!sasl || !sasl_user(sasl));
		sasl_end(sasl);
	}
	assert_string_equal(logged, "");
}

/* the client sends its message in answer to an empty challenge (RFC 4422, 3) */
static void test_plain_in_two_steps(void **state)
{
	struct sasl_output output;
	struct sasl *sasl;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		enum sasl_result result;

		output.len = 1;
		assert_int_equal(
			sasl_start(&config, MECHANISM_PLAIN, NULL, 0, &sasl, &output),
			SASL_MORE);
		assert_int_equal(output.len, 0);
		assert_null(sasl_user(sasl));
		result = sasl_step(sasl, plain[i].input, plain[i].len, &output);
		assert_int_equal(result, plain[i].user ? SASL_DONE : SASL_REFUSED);
		if (plain[i].user)
			assert_string_equal(sasl_user(sasl), plain[i].user);
		else
			assert_null(sasl_user(sasl));

		/* one try, and nothing after the end */
		assert_int_equal(sasl_step(sasl, plain[0].input, plain[0].len, &output),
				 SASL_REFUSED);
		assert_null(sasl_user(sasl));
		sasl_end(sasl);
	}
}

static void test_too_long(void **state)
{
	static uint8_t input[IPC_SASL_MAX + 1];
	struct sasl_output output;
	struct sasl *sasl;

	(void)state;
	memset(input, 'x', sizeof(input));
	memcpy(input, "\0alice\0", 7);
	assert_int_equal(
		sasl_start(&config, MECHANISM_PLAIN, input, IPC_SASL_MAX, &sasl, &output),
		SASL_REFUSED);
	sasl_end(sasl);
	assert_int_equal(sasl_start(&config, MECHANISM_PLAIN, input, sizeof(input), &sasl,
				    &output),
			 SASL_REFUSED);
	assert_nothing(sasl, &output);

	assert_int_equal(
		sasl_start(&config, MECHANISM_DIGEST_MD5, NULL, 0, &sasl, &output),
		SASL_MORE);
	assert_int_equal(sasl_step(sasl, input, sizeof(input), &output), SASL_REFUSED);
	sasl_end(sasl);

	/* the longest message there can be, which grows on its way to GNU SASL */
	memset(input, '=', sizeof(input));
	assert_int_equal(
		sasl_start(&config, MECHANISM_DIGEST_MD5, NULL, 0, &sasl, &output),
		SASL_MORE);
	assert_int_equal(sasl_step(sasl, input, IPC_SASL_MAX, &output), SASL_REFUSED);
	sasl_end(sasl);
}

/** answer_client() - what GNU SASL's client wants to know; the hook is its password */
static int answer_client(Gsasl *library, Gsasl_session *client, Gsasl_property property)
{
	(void)library;
	switch (property) {
	case GSASL_AUTHID:
		return gsasl_property_set(client, property, "alice");
	case GSASL_PASSWORD:
		return gsasl_property_set(client, property,
					  gsasl_session_hook_get(client));
	case GSASL_SERVICE:
		return gsasl_property_set(client, property, "tsp");
	case GSASL_HOSTNAME:
		return gsasl_property_set(client, property, "tsp.example.net");
	default:
		return GSASL_NO_CALLBACK;
	}
}

/** talk() - let GNU SASL's client log in as alice; tells what both sides think in the end */
static enum sasl_result talk(enum mechanism mechanism, char *password,
			     bool *client_content)
{
	Gsasl *library;
	Gsasl_session *client;
	struct sasl_output output = {0};
	struct sasl *sasl = NULL;
	enum sasl_result result = SASL_MORE;
	char *answer;
	size_t len;
	int rc, turns;

	assert_int_equal(gsasl_init(&library), GSASL_OK);
	gsasl_callback_set(library, answer_client);
	assert_int_equal(gsasl_client_start(library, mechanism_name(mechanism), &client),
			 GSASL_OK);
	gsasl_session_hook_set(client, password);

	if (mechanism == MECHANISM_DIGEST_MD5)
		result = sasl_start(&config, mechanism, NULL, 0, &sasl, &output);
	for (turns = 0; turns < 4; turns++) {
		rc = gsasl_step(client, (const char *)output.data, output.len, &answer,
				&len);
		assert_true(rc == GSASL_OK || rc == GSASL_NEEDS_MORE);
		if (result == SASL_MORE && sasl)
			result = sasl_step(sasl, (uint8_t *)answer, len, &output);
		else if (result == SASL_MORE)
			result = sasl_start(&config, mechanism, (uint8_t *)answer, len,
					    &sasl, &output);
		gsasl_free(answer);
		if (rc == GSASL_OK || (result != SASL_MORE && !output.len))
			break;
	}
	*client_content = rc == GSASL_OK;
	if (result == SASL_DONE)
		assert_string_equal(sasl_user(sasl), "alice");
	sasl_end(sasl);
	gsasl_finish(client);
	gsasl_done(library);
	return result;
}

static void test_gnu_client(void **state)
{
	static char right[] = "s3cret", wrong[] = "s3cre";
	bool client_content;

	(void)state;
	assert_int_equal(talk(MECHANISM_PLAIN, right, &client_content), SASL_DONE);
	assert_int_equal(talk(MECHANISM_PLAIN, wrong, &client_content), SASL_REFUSED);
	/* the client accepts our rspauth: we have proven to know the password too */
	assert_int_equal(talk(MECHANISM_DIGEST_MD5, right, &client_content), SASL_DONE);
	assert_true(client_content);
	assert_int_equal(talk(MECHANISM_DIGEST_MD5, wrong, &client_content),
			 SASL_REFUSED);
	assert_false(client_content);
}

static void test_no_users_file(void **state)
{
	struct config broken = config;
	struct sasl_output output;
	struct sasl *sasl;
	char line[PATH_MAX + 64];

	(void)state;
	strcpy(broken.users, "/nonexistent/users");
	logged[0] = '\0';
	assert_int_equal(sasl_start(&broken, MECHANISM_PLAIN, plain[0].input,
				    plain[0].len, &sasl, &output),
			 SASL_ERROR);
	assert_nothing(sasl, &output);
	snprintf(line, sizeof(line), "%s: %s", broken.users, strerror(ENOENT));
	assert_string_equal(logged, line);

	/* who needs no password needs no file */
	assert_int_equal(
		sasl_start(&broken, MECHANISM_ANONYMOUS, NULL, 0, &sasl, &output),
		SASL_DONE);
	sasl_end(sasl);
	sasl_end(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_anonymous),
		cmocka_unit_test(test_mechanisms),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_plain_in_two_steps),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_gnu_client),
		cmocka_unit_test(test_no_users_file),
	};

	return cmocka_run_group_tests(tests, make_users, remove_users);
}
