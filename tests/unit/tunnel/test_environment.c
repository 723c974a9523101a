/* SPDX-License-Identifier: MIT */
/* test_environment.c - no variable of the contract is left out without a word */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tunnel/environment.h"

static struct environment env;
static struct config config;
static struct tunnel tunnel;

static int prepare(void **state)
{
	(void)state;
	memset(&env, 0, sizeof(env));
	memset(&config, 0, sizeof(config));
	memset(&tunnel, 0, sizeof(tunnel));
	config.template_seconds = 20;
	strcpy(config.template, "/bin/true");
	tunnel.mode = TUNNEL_V6V4;
	strcpy(tunnel.interface, "tsp7");
	return 0;
}

/** fill() - leave room for @left bytes of text */
static void fill(size_t left)
{
	char value[ENVIRONMENT_SPACE];
	size_t len = ENVIRONMENT_SPACE - left - strlen("FILLER=") - 1;

	memset(value, 'x', len);
	value[len] = '\0';
	environment_add(&env, "FILLER", value);
	assert_int_equal(env.used, ENVIRONMENT_SPACE - left);
	assert_int_equal(environment_check(&env), 0);
}

static void an_empty_value_is_no_variable(void **state)
{
	(void)state;
	environment_add(&env, "EMPTY", "");
	assert_int_equal(env.count, 0);
	assert_int_equal(environment_check(&env), 0);
}

static void the_last_byte_is_used(void **state)
{
	(void)state;
	fill(6);
	environment_add(&env, "A", "123");
	assert_int_equal(environment_check(&env), 0);
	assert_string_equal(env.list[1], "A=123");
	assert_null(env.list[2]);
}

static void a_value_that_does_not_fit_is_an_error(void **state)
{
	(void)state;
	fill(6);
	environment_add(&env, "A", "1234");
	environment_add(&env, "B", "1");
	assert_int_equal(environment_check(&env), -1);
	assert_int_equal(errno, E2BIG);
	assert_string_equal(env.left_out, "A");
}

static void a_variable_too_many_is_an_error(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < ENVIRONMENT_MAX; i++)
		environment_add(&env, "A", "1");
	assert_int_equal(environment_check(&env), 0);
	environment_add(&env, "B", "1");
	assert_int_equal(environment_check(&env), -1);
	assert_string_equal(env.left_out, "B");
	assert_null(env.list[ENVIRONMENT_MAX]);
}

static void a_run_is_not_told_less_than_the_contract(void **state)
{
	(void)state;
	fill(200);
	assert_int_equal(environment_one(&env, &config, TEMPLATE_CREATION, &tunnel), -1);
	assert_int_equal(errno, E2BIG);
	memset(&env, 0, sizeof(env));
	fill(100);
	assert_int_equal(environment_many(&env, &config, TEMPLATE_BATCH), -1);
	assert_int_equal(errno, E2BIG);
}

static void the_longest_tunnel_fits(void **state)
{
	(void)state;
	tunnel.mode = TUNNEL_V6UDPV4;
	memset(&tunnel.ipv6, 0xfd, sizeof(tunnel.ipv6));
	memset(&tunnel.client, 0xff, sizeof(tunnel.client));
	memset(&tunnel.server_ipv4, 0xff, sizeof(tunnel.server_ipv4));
	memset(tunnel.user, 'u', sizeof(tunnel.user) - 1);
	memset(tunnel.name, 'n', sizeof(tunnel.name) - 1);
	tunnel.number = UINT32_MAX;
	tunnel.expires = INT64_MAX;
	tunnel.server_port = UINT16_MAX;
	config.keepalive_seconds = UINT32_MAX;
	assert_int_equal(environment_one(&env, &config, TEMPLATE_BATCH_INFO, &tunnel), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(an_empty_value_is_no_variable, prepare),
		cmocka_unit_test_setup(the_last_byte_is_used, prepare),
		cmocka_unit_test_setup(a_value_that_does_not_fit_is_an_error, prepare),
		cmocka_unit_test_setup(a_variable_too_many_is_an_error, prepare),
		cmocka_unit_test_setup(a_run_is_not_told_less_than_the_contract, prepare),
		cmocka_unit_test_setup(the_longest_tunnel_fits, prepare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
