/* SPDX-License-Identifier: MIT */
/* test_sasl_client.c - the client's half of a login, against the server's and liars */
#include "tests/unit/auth/sasl_fixture.h"

#include "auth/sasl_client.h"

static struct sasl_client_login login = {
	.user = "alice", .password = "s3cret", .host = "broker.example"};

static struct sasl_client *start(enum mechanism mechanism, const char *password)
{
	struct sasl_client *client;

	login.password = password;
	client = sasl_client_start(mechanism, &login);
	assert_non_null(client);
	return client;
}

static void plain_is_one_message(void **state)
{
	struct sasl_client *client = start(MECHANISM_PLAIN, "s3cret");
	struct sasl_output out;

	(void)state;
	assert_int_equal(sasl_client_step(client, NULL, 0, &out), SASL_DONE);
	assert_int_equal(out.len, 13);
	assert_memory_equal(out.data, "\0alice\0s3cret", 13);
	assert_int_equal(sasl_client_step(client, NULL, 0, &out), SASL_REFUSED);
	sasl_client_end(client);
}

/** answer() - a response to the server's challenge; result: what the server says to it */
static enum sasl_result answer(struct sasl_client *client, struct sasl_output *last)
{
	struct sasl_output challenge, response;
	enum sasl_result result;
	struct sasl *server;

	assert_int_equal(
		sasl_start(&config, MECHANISM_DIGEST_MD5, NULL, 0, &server, &challenge),
		SASL_MORE);
	assert_int_equal(
		sasl_client_step(client, challenge.data, challenge.len, &response),
		SASL_MORE);
	assert_null(memmem(response.data, response.len, ", ", 2));
	assert_non_null(memmem(response.data, response.len, "tsp/broker.example", 18));
	assert_null(memmem(response.data, response.len, "s3cret", 6));
	result = sasl_step(server, response.data, response.len, last);
	sasl_end(server);
	return result;
}

static void digest_proves_both_ends(void **state)
{
	struct sasl_client *client = start(MECHANISM_DIGEST_MD5, "s3cret");
	struct sasl_output last, out;

	(void)state;
	assert_int_equal(answer(client, &last), SASL_DONE);
	assert_int_equal(sasl_client_step(client, last.data, last.len, &out), SASL_DONE);
	sasl_client_end(client);

	client = start(MECHANISM_DIGEST_MD5, "wrong");
	assert_int_equal(answer(client, &last), SASL_REFUSED);
	sasl_client_end(client);
}

static void a_server_without_the_password_is_refused(void **state)
{
	struct sasl_client *client;
	struct sasl_output last, out;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		client = start(MECHANISM_DIGEST_MD5, "s3cret");
		assert_int_equal(answer(client, &last), SASL_DONE);
		if (i == 0)
			last.data[last.len - 1] ^= 1;
		else if (i == 1)
			last.len = 0;
		else if (i == 2)
			last.len -= 1;
		else
			memcpy(last.data, "rspauth=200 Success", last.len = 19);
		assert_int_not_equal(sasl_client_step(client, last.data, last.len, &out),
				     SASL_DONE);
		sasl_client_end(client);
	}
}

static void broken_challenges(void **state)
{
	static const char *const challenges[] = {
		"rspauth=0123456789abcdef0123456789abcdef",
		"nonce=\"\"",
		"realm=\"a\",qop=\"auth\",algorithm=md5-sess",
		"realm=\"a\",nonce=\"n\",qop=\"auth-conf\",algorithm=md5-sess",
		"realm=\"a\",nonce=\"n\",qop=\"auth\",algorithm=md5",
		"realm=\"a,nonce=\"n\",qop=\"auth\",algorithm=md5-sess",
		"=\"\",,,",
	};
	struct sasl_client *client;
	struct sasl_output out;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(challenges) / sizeof(challenges[0]); i++) {
		client = start(MECHANISM_DIGEST_MD5, "s3cret");
		if (sasl_client_step(client, (const uint8_t *)challenges[i],
				     strlen(challenges[i]), &out) != SASL_REFUSED)
			fail_msg("taken: %s", challenges[i]);
		sasl_client_end(client);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_is_one_message),
		cmocka_unit_test(digest_proves_both_ends),
		cmocka_unit_test(a_server_without_the_password_is_refused),
		cmocka_unit_test(broken_challenges),
	};

	return cmocka_run_group_tests(tests, make_users, remove_users);
}
