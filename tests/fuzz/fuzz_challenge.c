/* SPDX-License-Identifier: MIT */
/*
 * fuzz_challenge.c - DIGEST-MD5 with servers that do not know the password
 *
 * Input: a challenge and, behind a form feed, what should be rspauth. Whatever they are, the
 * exchange does not end well, and the password is in no message.
 */
#include <stdlib.h>
#include <string.h>

#include "auth/sasl_client.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sasl_client_login login = {
		.user = "alice", .password = "s3cret-of-alice", .host = "broker.example"};
	const uint8_t *end = memchr(data, '\f', size);
	size_t first = end ? (size_t)(end - data) : size;
	struct sasl_client *client = sasl_client_start(MECHANISM_DIGEST_MD5, &login);
	enum sasl_result result;
	struct sasl_output out;

	CHECK(client);
	result = sasl_client_step(client, data, first, &out);
	CHECK(result != SASL_DONE);
	CHECK(out.len <= sizeof(out.data));
	/* A server that happens to say it gets it echoed as realm or nonce */
	CHECK(!out.len || memmem(data, size, login.password, strlen(login.password)) ||
	      !memmem(out.data, out.len, login.password, strlen(login.password)));
	if (result == SASL_MORE && end)
		CHECK(sasl_client_step(client, end + 1, size - first - 1, &out) !=
		      SASL_DONE);
	sasl_client_end(client);
	return 0;
}
