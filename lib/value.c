/* SPDX-License-Identifier: MIT */
/* value.c - one setter per type of value: what tsp.conf may say, and where it goes */
#include "lib/value.h"

#include <stdio.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/mechanism.h"
#include "lib/parse.h"
#include "lib/prefix.h"

static int complain(struct value_target *t, const char *why)
{
	snprintf(t->why, sizeof(t->why), "%s", why);
	return -1;
}

#define MEMBER(type) ((type *)((char *)t->config + rule->offset))

int value_number(struct value_target *t, const struct value_rule *rule, const char *value)
{
	if (!parse_u32(value, rule->min, rule->max, MEMBER(uint32_t)))
		return 0;
	snprintf(t->why, sizeof(t->why), "not a number from %u to %u", rule->min,
		 rule->max);
	return -1;
}

int value_bool(struct value_target *t, const struct value_rule *rule, const char *value)
{
	return parse_bool(value, MEMBER(bool)) ? complain(t, "neither yes nor no") : 0;
}

int value_text(struct value_target *t, const struct value_rule *rule, const char *value)
{
	if (!*value)
		return complain(t, "empty");
	if (strlen(value) >= rule->max)
		return complain(t, "too long");
	strcpy(MEMBER(char), value);
	return 0;
}

int value_path(struct value_target *t, const struct value_rule *rule, const char *value)
{
	return *value == '/' ? value_text(t, rule, value)
			     : complain(t, "not an absolute path");
}

int value_domain(struct value_target *t, const struct value_rule *rule, const char *value)
{
	return parse_is_domain(value) ? value_text(t, rule, value)
				      : complain(t, "not a domain name");
}

/* A realm stands in quotes in a DIGEST-MD5 challenge that clients cut at every comma, and
 * between colons in the users file. */
int value_realm(struct value_target *t, const struct value_rule *rule, const char *value)
{
	const char *c;

	for (c = value; *c; c++) {
		if (*c <= ' ' || *c > '~' || strchr("\",:\\", *c))
			return complain(
				t,
				"a realm has no blank, quote, comma, colon or backslash");
	}
	return value_text(t, rule, value);
}

/** is_device() - the kernel takes it for a network device's name; it fits in @size bytes */
static bool is_device(const char *name, size_t size)
{
	const char *c;

	for (c = name; *c; c++) {
		if (*c <= ' ' || *c > '~' || strchr("/:%*", *c))
			return false;
	}
	return c != name && (size_t)(c - name) < size && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

int value_device(struct value_target *t, const struct value_rule *rule, const char *value)
{
	return is_device(value, rule->max)
		       ? value_text(t, rule, value)
		       : complain(t, "not a device name of at most 14 characters");
}

int value_address(struct value_target *t, const struct value_rule *rule,
		  const char *value)
{
	return addr_parse4(value, MEMBER(struct in_addr))
		       ? complain(t, "not an IPv4 address")
		       : 0;
}

int value_prefix(struct value_target *t, const struct value_rule *rule, const char *value)
{
	if (prefix6_parse(value, MEMBER(struct prefix6)))
		return complain(t,
				"not an IPv6 prefix ADDRESS/LENGTH with zeros behind it");
	if (MEMBER(struct prefix6)->len < rule->min ||
	    MEMBER(struct prefix6)->len > rule->max) {
		snprintf(t->why, sizeof(t->why), "prefix length is not from %u to %u",
			 rule->min, rule->max);
		return -1;
	}
	return 0;
}

int value_delegate(struct value_target *t, const struct value_rule *rule,
		   const char *value)
{
	uint32_t len;

	if (parse_u32(value, rule->min, rule->max, &len)) {
		snprintf(t->why, sizeof(t->why), "not a prefix length from %u to %u",
			 rule->min, rule->max);
		return -1;
	}
	*MEMBER(uint8_t) = (uint8_t)len;
	return 0;
}

int value_conflict(struct value_target *t, const struct value_rule *rule,
		   const char *value)
{
	if (!strcmp(value, "refuse"))
		*MEMBER(enum conflict) = CONFLICT_REFUSE;
	else if (!strcmp(value, "replace"))
		*MEMBER(enum conflict) = CONFLICT_REPLACE;
	else
		return complain(t, "neither refuse nor replace");
	return 0;
}

/**
 * each_word() - call @add for every blank-separated word of a list value
 *
 * Return: 0, or -1 with target->why set
 */
static int each_word(struct value_target *t, const char *value,
		     int (*add)(struct value_target *t, const char *word))
{
	char copy[CONFIG_NAME_MAX], *word, *rest = copy;
	bool any = false;

	if (strlen(value) >= sizeof(copy))
		return complain(t, "too long");
	strcpy(copy, value);
	while ((word = strsep(&rest, " \t,"))) {
		if (!*word)
			continue;
		any = true;
		if (add(t, word))
			return -1;
	}
	return any ? 0 : complain(t, "empty");
}

static int add_mechanism(struct value_target *t, const char *word)
{
	unsigned bit = mechanism_by_name(word, strlen(word));

	if (!bit)
		return complain(t, "not among ANONYMOUS, PLAIN and DIGEST-MD5");
	t->config->mechanisms |= bit;
	return 0;
}

static int add_accept(struct value_target *t, const char *word)
{
	struct config *c = t->config;

	if (c->accept_count == CONFIG_LIST_MAX)
		return complain(t, "too many ranges");
	if (prefix4_parse(word, &c->accept[c->accept_count]))
		return complain(t,
				"not an IPv4 range ADDRESS/LENGTH with zeros behind it");
	c->accept_count++;
	return 0;
}

static int add_dns(struct value_target *t, const char *word)
{
	struct config *c = t->config;

	if (c->dns_count == CONFIG_LIST_MAX)
		return complain(t, "too many addresses");
	if (addr_parse6(word, &c->dns[c->dns_count]))
		return complain(t, "not an IPv6 address");
	c->dns_count++;
	return 0;
}

static int add_redirect(struct value_target *t, const char *word)
{
	struct config *c = t->config;
	struct in6_addr a6;
	struct in_addr a4;

	if (c->redirect_count == CONFIG_LIST_MAX)
		return complain(t, "too many brokers");
	if (addr_parse4(word, &a4) && addr_parse6(word, &a6) && !parse_is_domain(word))
		return complain(t, "not an address or a domain name");
	strcpy(c->redirect[c->redirect_count++], word);
	return 0;
}

static int add_writable(struct value_target *t, const char *word)
{
	struct config *c = t->config;

	if (c->writable_count == CONFIG_LIST_MAX)
		return complain(t, "too many paths");
	if (*word != '/')
		return complain(t, "not an absolute path");
	strcpy(c->writable[c->writable_count++], word);
	return 0;
}

static int add_uplink(struct value_target *t, const char *word)
{
	struct config *c = t->config;

	if (c->uplink_count == CONFIG_LIST_MAX)
		return complain(t, "too many devices");
	if (!is_device(word, sizeof(c->uplink[0])))
		return complain(t, "not a device name of at most 15 characters");
	strcpy(c->uplink[c->uplink_count++], word);
	return 0;
}

int value_uplink(struct value_target *t, const struct value_rule *rule, const char *value)
{
	(void)rule;
	return each_word(t, value, add_uplink);
}

int value_writable(struct value_target *t, const struct value_rule *rule,
		   const char *value)
{
	(void)rule;
	return each_word(t, value, add_writable);
}

int value_mechanisms(struct value_target *t, const struct value_rule *rule,
		     const char *value)
{
	(void)rule;
	return each_word(t, value, add_mechanism);
}

int value_accept(struct value_target *t, const struct value_rule *rule, const char *value)
{
	(void)rule;
	return each_word(t, value, add_accept);
}

int value_dns(struct value_target *t, const struct value_rule *rule, const char *value)
{
	(void)rule;
	return each_word(t, value, add_dns);
}

int value_redirect(struct value_target *t, const struct value_rule *rule,
		   const char *value)
{
	(void)rule;
	return each_word(t, value, add_redirect);
}
