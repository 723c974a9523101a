/* SPDX-License-Identifier: MIT */
/* config_key.c - the table of all keys of tsp.conf: defaults and limits (tsp.conf(5)) */
#include "lib/config_key.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(member)   offsetof(struct config, member)
#define SIZE(member) sizeof(((struct config *)NULL)->member)

/*
 * Section, key, default, type, limits. NULL is no default: the key is optional, but for
 * template. Four defaults depend on other values: $STATE_DIRECTORY replaces that of state,
 * and domain that of realm; users' capacity is at most what their ranges hold; mechanisms
 * follow from the pools.
 */
/* clang-format off */
static const struct config_key keys[] = {
	{"server", "user", "tsp", value_text, {AT(user), 0, SIZE(user)}},
	{"server", "address", NULL, value_address, {AT(address), 0, 0}},
	{"server", "local", NULL, value_address, {AT(local), 0, 0}},
	{"server", "lifetime", "1440", value_number, {AT(lifetime_minutes), 1, 525600}},
	{"server", "keepalive", "30", value_number, {AT(keepalive_seconds), 0, 3600}},
	{"server", "keepalive_prefix", NULL, value_prefix, {AT(keepalive_prefix), 64, 64}},
	{"server", "idle", NULL, NULL, {0, 0, 0}, false,
		"a lease lives while its client is heard, and [server] lifetime after that"},
	{"server", "dns", NULL, value_dns, {0, 0, 0}, true},
	{"server", "domain", NULL, value_domain, {AT(domain), 0, SIZE(domain)}},
	{"server", "template", NULL, value_path, {AT(template), 0, SIZE(template)}},
	{"server", "accept", NULL, value_accept, {0, 0, 0}, true},
	{"server", "static_nat", "no", value_bool, {AT(static_nat), 0, 0}},
	{"server", "stale_address", "no", value_bool, {AT(stale_address), 0, 0}},
	{"server", "proxy", "no", value_bool, {AT(proxy), 0, 0}},
	{"server", "udp_port", "3653", value_number, {AT(udp_port), 1, 65535}},
	{"server", "pseudo", NULL, NULL, {0, 0, 0}, false,
		"fast.sh tells clients apart by address and port"},
	{"server", "conflict", "refuse", value_conflict, {AT(conflict), 0, 0}},
	{"server", "redirect", NULL, value_redirect, {0, 0, 0}, true},
	{"server", "fork", "no", value_bool, {AT(fork), 0, 0}},
	{"server", "state", "/var/lib/tsp", value_path, {AT(state), 0, SIZE(state)}},
	{"server", "writable", NULL, value_writable, {0, 0, 0}, true},
	{"server", "device", "tsp0", value_device, {AT(device), 0, SIZE(device)}},
	{"server", "uplink", NULL, value_uplink, {0, 0, 0}, true},
	{"auth", "mechanisms", NULL, value_mechanisms, {0, 0, 0}, true},
	{"auth", "users", "/etc/tsp/users", value_path, {AT(users), 0, SIZE(users)}},
	{"auth", "realm", "tsp", value_realm, {AT(realm), 0, SIZE(realm)}},
	{"pool anonymous", "link", NULL, value_prefix, {AT(anonymous_pool.link), 1, 64}},
	{"pool anonymous", "capacity", "65536", value_number,
		{AT(anonymous_pool.capacity), 1, CONFIG_CAPACITY_MAX}},
	{"pool users", "link", NULL, value_prefix, {AT(users_pool.link), 1, 125}},
	{"pool users", "prefix", NULL, value_prefix, {AT(users_pool.prefix), 1, 63}},
	{"pool users", "delegate", "56", value_delegate, {AT(users_pool.delegate), 2, 64}},
	{"pool users", "capacity", "65536", value_number,
		{AT(users_pool.capacity), 1, CONFIG_CAPACITY_MAX}},
	{"limits", "login_seconds", "30", value_number, {AT(login_seconds), 1, 600}},
	{"limits", "login_delay", "1", value_number, {AT(login_delay), 0, 30}},
	{"limits", "session_seconds", "60", value_number, {AT(session_seconds), 1, 3600}},
	{"limits", "template_seconds", "10", value_number, {AT(template_seconds), 1, 600}},
	{"limits", "request_bytes", "8192", value_number, {AT(request_bytes), 512, 65536}},
	{"limits", "per_address", "64", value_number, {AT(per_address), 1, 65535}},
	{"limits", "sessions", "256", value_number, {AT(sessions), 1, 4096}},
	{"limits", "sessions_per_address", "16", value_number,
		{AT(sessions_per_address), 1, 4096}},
};
/* clang-format on */

#define KEYS (sizeof(keys) / sizeof(keys[0]))
_Static_assert(KEYS <= CONFIG_KEYS_MAX, "a place for the line of each key");

/** config_key_section() - the table has such a section */
bool config_key_section(const char *name)
{
	size_t i;

	for (i = 0; i < KEYS; i++) {
		if (!strcmp(keys[i].section, name))
			return true;
	}
	return false;
}

/** config_key_suggest() - the key of a section that was meant, as suggest_text() says it */
const char *config_key_suggest(const char *section, const char *name,
			       char out[SUGGEST_TEXT])
{
	struct suggest near;
	size_t i;

	suggest_begin(&near, name, strlen(name));
	for (i = 0; i < KEYS; i++) {
		if (!strcmp(keys[i].section, section) && !keys[i].gone)
			suggest_offer(&near, keys[i].name);
	}
	return suggest_text(&near, "", out);
}

/** config_key_suggest_section() - the section that was meant, as suggest_text() says it */
const char *config_key_suggest_section(const char *name, char out[SUGGEST_TEXT])
{
	struct suggest near;
	size_t i;

	suggest_begin(&near, name, strlen(name));
	for (i = 0; i < KEYS; i++)
		suggest_offer(&near, keys[i].section);
	return suggest_text(&near, "", out);
}

/** config_key_find() - a key of the table, or NULL */
const struct config_key *config_key_find(const char *section, const char *name)
{
	size_t i;

	for (i = 0; i < KEYS; i++) {
		if (!strcmp(keys[i].section, section) && !strcmp(keys[i].name, name))
			return &keys[i];
	}
	return NULL;
}

/** config_key_index() - the place of a key in the table, below CONFIG_KEYS_MAX */
size_t config_key_index(const struct config_key *key)
{
	return (size_t)(key - keys);
}

/** set_state() - systemd names the state directories of a unit, separated by colons */
static void set_state(struct config *c)
{
	const char *state = getenv("STATE_DIRECTORY");

	if (state && *state == '/')
		snprintf(c->state, sizeof(c->state), "%.*s", (int)strcspn(state, ":"),
			 state);
}

/** config_key_defaults() - set every key that has a default to it */
void config_key_defaults(struct config *config)
{
	struct value_target target = {.config = config};
	size_t i;
	int failed;

	for (i = 0; i < KEYS; i++) {
		if (!keys[i].standard)
			continue;
		failed = keys[i].set(&target, &keys[i].rule, keys[i].standard);
		assert(!failed);
		(void)failed;
	}
	set_state(config);
}
