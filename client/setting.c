/* SPDX-License-Identifier: MIT */
/* setting.c - one setter per type of value in tspc.conf */
#include "client/setting.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/addr.h"
#include "lib/parse.h"

#define MEMBER(type) ((type *)((char *)t->settings + rule->offset))

static int complain(struct setting_target *t, const char *why)
{
	snprintf(t->why, sizeof(t->why), "%s", why);
	return -1;
}

int setting_number(struct setting_target *t, const struct setting_rule *rule,
		   const char *value)
{
	if (!parse_u32(value, rule->min, rule->max, MEMBER(uint32_t)))
		return 0;
	snprintf(t->why, sizeof(t->why), "not a number from %u to %u", rule->min,
		 rule->max);
	return -1;
}

int setting_bool(struct setting_target *t, const struct setting_rule *rule,
		 const char *value)
{
	return parse_bool(value, MEMBER(bool)) ? complain(t, "neither yes nor no") : 0;
}

/** is_printable() - no control character, which could forge a line of a log or protocol */
static bool is_printable(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	}
	return true;
}

int setting_text(struct setting_target *t, const struct setting_rule *rule,
		 const char *value)
{
	if (strlen(value) >= rule->max) {
		snprintf(t->why, sizeof(t->why), "longer than %u characters",
			 rule->max - 1);
		return -1;
	}
	if (!is_printable(value))
		return complain(t, "has control characters");
	strcpy(MEMBER(char), value);
	return 0;
}

int setting_path(struct setting_target *t, const struct setting_rule *rule,
		 const char *value)
{
	return setting_text(t, rule, value);
}

/** is_device() - a valid name of a network device that a shell need not quote */
static bool is_device(const char *text)
{
	size_t i, len = strlen(text);

	if (!len || len >= IFNAMSIZ || text[0] == '-' || !strcmp(text, ".") ||
	    !strcmp(text, ".."))
		return false;
	for (i = 0; i < len; i++) {
		char c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || strchr("._-@", c)))
			return false;
	}
	return true;
}

int setting_device(struct setting_target *t, const struct setting_rule *rule,
		   const char *value)
{
	if (!is_device(value))
		return complain(t, "not a name of a network device");
	strcpy(MEMBER(char), value);
	return 0;
}

/** setting_devices() - if_tunnel of tspc 2.x: one name for all modes */
int setting_devices(struct setting_target *t, const struct setting_rule *rule,
		    const char *value)
{
	(void)rule;
	if (!is_device(value))
		return complain(t, "not a name of a network device");
	strcpy(t->settings->if_v6v4, value);
	strcpy(t->settings->if_v6udpv4, value);
	return 0;
}

/**
 * setting_server_parse() - "NAME", "NAME:PORT", "A.B.C.D" or "A.B.C.D:PORT"
 * @text:	Input
 * @out:	Result; the port is 3653 where none is given
 *
 * Return: 0; -1 with EINVAL, EAFNOSUPPORT for an IPv6 address
 */
int setting_server_parse(const char *text, struct settings_server *out)
{
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);
	uint32_t port = SETTINGS_PORT;
	struct in6_addr ipv6;

	errno = EAFNOSUPPORT;
	if (text[0] == '[' || !addr_parse6(text, &ipv6))
		return -1;
	errno = EINVAL;
	if (len >= sizeof(out->host) ||
	    (colon && parse_u32(colon + 1, 1, UINT16_MAX, &port)))
		return -1;
	memcpy(out->host, text, len);
	out->host[len] = '\0';
	out->port = (uint16_t)port;
	errno = EINVAL;
	return parse_is_domain(out->host) ? 0 : -1;
}

int setting_server(struct setting_target *t, const struct setting_rule *rule,
		   const char *value)
{
	(void)rule;
	if (!setting_server_parse(value, &t->settings->server))
		return 0;
	if (errno == EAFNOSUPPORT || value[0] == '[')
		return complain(t, "IPv6 servers serve tunnel mode v4v6 only, which tspc "
				   "does not build");
	return complain(t, "neither a name nor an IPv4 address, with or without :PORT");
}

/** struct choice - a word and its value */
struct choice {
	const char *word;
	uint32_t value;
};

/** choose() - set a member to a word's value; -1: unknown word */
static int choose(const struct choice *choices, size_t count, const char *word,
		  uint32_t *out)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (!strcmp(choices[i].word, word)) {
			*out = choices[i].value;
			return 0;
		}
	}
	return -1;
}

#define CHOOSE(choices, word, out)                                                       \
	choose(choices, sizeof(choices) / sizeof((choices)[0]), word, out)

int setting_auth(struct setting_target *t, const struct setting_rule *rule,
		 const char *value)
{
	static const struct choice choices[] = {
		{"any", AUTH_ANY},
		{"anonymous", AUTH_ANONYMOUS},
		{"digest-md5", AUTH_DIGEST_MD5},
		{"plain", AUTH_PLAIN},
		{"passdss-3des-1", AUTH_ANY},
	};

	if (CHOOSE(choices, value, MEMBER(uint32_t)))
		return complain(t, "not any, anonymous, digest-md5 or plain");
	return 0;
}

int setting_host_type(struct setting_target *t, const struct setting_rule *rule,
		      const char *value)
{
	static const struct choice choices[] = {{"host", false}, {"router", true}};
	uint32_t router = 0;

	(void)rule;
	if (CHOOSE(choices, value, &router))
		return complain(t, "neither host nor router");
	t->settings->router = router;
	return 0;
}

int setting_mode(struct setting_target *t, const struct setting_rule *rule,
		 const char *value)
{
	static const struct choice choices[] = {
		{"v6v4", TUNNEL_V6V4},
		{"v6udpv4", TUNNEL_V6UDPV4},
		{"v6anyv4", TUNNEL_V6ANYV4},
	};

	if (!strcmp(value, "v4v6"))
		return complain(t, "tspc does not build IPv4 tunnels over IPv6");
	if (CHOOSE(choices, value, MEMBER(uint32_t)))
		return complain(t, "not v6v4, v6udpv4 or v6anyv4");
	return 0;
}

/** setting_dns() - dns_server: name servers of the reverse zone, separated by colons */
int setting_dns(struct setting_target *t, const struct setting_rule *rule,
		const char *value)
{
	struct settings *s = t->settings;

	(void)rule;
	s->dns_count = 0;
	while (*value) {
		size_t len = strcspn(value, ":");
		char *name;

		if (s->dns_count == SETTINGS_DNS_MAX)
			return complain(t, "more than 8 name servers");
		name = s->dns[s->dns_count];
		if (len >= SETTINGS_HOST_MAX)
			return complain(t, "too long for a name");
		memcpy(name, value, len);
		name[len] = '\0';
		if (!parse_is_domain(name))
			return complain(t, "not names separated by colons");
		s->dns_count++;
		value += len + (value[len] == ':');
	}
	return 0;
}

int setting_client_v4(struct setting_target *t, const struct setting_rule *rule,
		      const char *value)
{
	struct in_addr *out = MEMBER(struct in_addr);

	out->s_addr = INADDR_ANY;
	if (!strcmp(value, "auto"))
		return 0;
	if (addr_parse4(value, out) || !out->s_addr)
		return complain(t, "neither auto nor an IPv4 address");
	return 0;
}

/** setting_client_v6() - end of a v4v6 tunnel: checked, but not used */
int setting_client_v6(struct setting_target *t, const struct setting_rule *rule,
		      const char *value)
{
	struct in6_addr unused;

	(void)rule;
	if (strcmp(value, "auto") && addr_parse6(value, &unused))
		return complain(t, "neither auto nor an IPv6 address");
	return 0;
}

/** setting_template() - a name; its directory is known when the whole file is read */
int setting_template(struct setting_target *t, const struct setting_rule *rule,
		     const char *value)
{
	size_t i;

	if (value[0] == '/')
		return setting_text(t, rule, value);
	for (i = 0; value[i]; i++) {
		if (!((value[i] >= 'a' && value[i] <= 'z') ||
		      (value[i] >= 'A' && value[i] <= 'Z') ||
		      (value[i] >= '0' && value[i] <= '9') || strchr("_-", value[i])))
			return complain(t, "neither a name without .sh nor a whole path");
	}
	if (!i || i > 64)
		return complain(t, "neither a name without .sh nor a whole path");
	return setting_text(t, rule, value);
}

int setting_carrier(struct setting_target *t, const struct setting_rule *rule,
		    const char *value)
{
	static const struct choice choices[] = {
		{"auto", CARRIER_AUTO},
		{"kernel", CARRIER_KERNEL},
		{"tspc", CARRIER_TSPC},
	};

	if (CHOOSE(choices, value, MEMBER(uint32_t)))
		return complain(t, "not auto, kernel or tspc");
	return 0;
}
