/* SPDX-License-Identifier: MIT */
/*
 * config.c - tsp.conf: every key, its default and its limits (tsp.conf(5))
 *
 * One table says which keys there are; one setter per type says what a value may be.
 * Every mistake in the file is reported, as "file:line: key: what is wrong: 'value'",
 * so that an operator mends a file once and not once per mistake.
 */
#include "lib/config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/config_value.h"
#include "lib/log.h"

#define DEFAULT_CAPACITY 65536
#define CAPACITY_MAX     16777216 /* a lease file of 4 GiB; eight digits in a lease line */

/** struct key - one key of the file */
struct key {
	const char *section;
	const char *name;
	int (*set)(struct value_target *t, const struct value_rule *rule,
		   const char *value);
	struct value_rule rule;
	bool list; /* may be given several times */
};

/** struct parser - state while a file is read */
struct parser {
	FILE *file;
	struct config *config;
	struct value_target target;
	unsigned line;    /* the line being read, from 1 */
	bool inside;      /* the previous fragment did not end its line */
	bool expects_key; /* this line should make inih call on_key() */
	unsigned mistakes;
	unsigned *seen; /* by key: line where it was first given, 0: not yet */
};

#define AT(member)   offsetof(struct config, member)
#define SIZE(member) sizeof(((struct config *)NULL)->member)

/* clang-format off */
static const struct key keys[] = {
	{"server", "user", value_text, {AT(user), 0, SIZE(user)}},
	{"server", "address", value_address, {AT(address), 0, 0}},
	{"server", "lifetime", value_number, {AT(lifetime_minutes), 1, 525600}},
	{"server", "keepalive", value_number, {AT(keepalive_seconds), 0, 3600}},
	{"server", "dns", value_dns, {0, 0, 0}, true},
	{"server", "domain", value_domain, {AT(domain), 0, SIZE(domain)}},
	{"server", "template", value_path, {AT(template), 0, SIZE(template)}},
	{"server", "accept", value_accept, {0, 0, 0}, true},
	{"server", "static_nat", value_bool, {AT(static_nat), 0, 0}},
	{"server", "conflict", value_conflict, {AT(conflict), 0, 0}},
	{"server", "redirect", value_redirect, {0, 0, 0}, true},
	{"server", "state", value_path, {AT(state), 0, SIZE(state)}},
	{"server", "writable", value_writable, {0, 0, 0}, true},
	{"auth", "mechanisms", value_mechanisms, {0, 0, 0}, true},
	{"auth", "users", value_path, {AT(users), 0, SIZE(users)}},
	{"auth", "realm", value_realm, {AT(realm), 0, SIZE(realm)}},
	{"pool anonymous", "link", value_prefix, {AT(anonymous_pool.link), 1, 64}},
	{"pool anonymous", "capacity", value_number,
		{AT(anonymous_pool.capacity), 1, CAPACITY_MAX}},
	{"pool users", "link", value_prefix, {AT(users_pool.link), 1, 125}},
	{"pool users", "prefix", value_prefix, {AT(users_pool.prefix), 1, 63}},
	{"pool users", "delegate", value_delegate, {AT(users_pool.delegate), 2, 64}},
	{"pool users", "capacity", value_number,
		{AT(users_pool.capacity), 1, CAPACITY_MAX}},
	{"limits", "login_seconds", value_number, {AT(login_seconds), 1, 600}},
	{"limits", "session_seconds", value_number, {AT(session_seconds), 1, 3600}},
	{"limits", "template_seconds", value_number, {AT(template_seconds), 1, 600}},
	{"limits", "request_bytes", value_number, {AT(request_bytes), 512, 65536}},
	{"limits", "per_address", value_number, {AT(per_address), 1, 16}},
};
/* clang-format on */

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/** mistake() - report one and count it; @line 0: of the whole file */
static void mistake(struct parser *p, unsigned line, const char *name, const char *why,
		    const char *value)
{
	char text[320];
	struct buf shown = BUF_ON(text);

	buf_clear(&shown);
	if (value)
		buf_escape(&shown, value, strlen(value));
	p->mistakes++;
	if (!line)
		log_msg(LOG_ERR, "%s: %s: %s", p->config->path, name, why);
	else if (value)
		log_msg(LOG_ERR, "%s:%u: %s: %s: '%s'", p->config->path, line, name, why,
			text);
	else
		log_msg(LOG_ERR, "%s:%u: %s: %s", p->config->path, line, name, why);
}

static bool section_known(const char *name)
{
	size_t i;

	for (i = 0; i < KEYS; i++) {
		if (!strcmp(keys[i].section, name))
			return true;
	}
	return false;
}

/** line_of() - where a key was given; 0: nowhere */
static unsigned line_of(const struct parser *p, const char *section, const char *name)
{
	size_t i;

	for (i = 0; i < KEYS; i++) {
		if (!strcmp(keys[i].section, section) && !strcmp(keys[i].name, name))
			return p->seen[i];
	}
	return 0;
}

/** on_key() - inih found "name = value" */
static int on_key(void *context, const char *section, const char *name, const char *value)
{
	struct parser *p = context;
	size_t i;

	p->expects_key = false;
	for (i = 0; i < KEYS; i++) {
		if (!strcmp(keys[i].section, section) && !strcmp(keys[i].name, name))
			break;
	}
	if (i == KEYS) {
		if (section_known(section))
			mistake(p, p->line, name, "unknown key in this section, value",
				value);
		else if (!*section)
			mistake(p, p->line, name, "key before any section, value", value);
		return 1; /* an unknown section was reported at its own line */
	}
	if (p->seen[i] && !keys[i].list) {
		mistake(p, p->line, name, "given twice, now as", value);
		return 1;
	}
	if (!p->seen[i])
		p->seen[i] = p->line;
	if (keys[i].set(&p->target, &keys[i].rule, value))
		mistake(p, p->line, name, p->target.why, value);
	return 1;
}

/** check_section() - look at a "[section]" line, which inih accepts whatever it says */
static void check_section(struct parser *p, const char *line)
{
	const char *end = strchr(line, ']');
	char name[64];

	if (!end || (size_t)(end - line) > sizeof(name)) {
		mistake(p, p->line, "section", "no ']' behind", line);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(end - line - 1), line + 1);
	if (!section_known(name))
		mistake(p, p->line, "section", "unknown", name);
	if (!strcmp(name, "pool anonymous"))
		p->config->anonymous_pool.present = true;
	if (!strcmp(name, "pool users"))
		p->config->users_pool.present = true;
}

/* inih passes over lines that are no key, naming only the first of them when all is done */
static void check_key_came(struct parser *p)
{
	if (p->expects_key)
		mistake(p, p->line, "syntax", "neither a section nor a key = value",
			NULL);
	p->expects_key = false;
}

/** read_line() - inih's reader: counts lines and looks at what inih does not report */
static char *read_line(char *text, int size, void *context)
{
	struct parser *p = context;
	const char *first;

	if (p->inside) {
		mistake(p, p->line, "syntax", "line is longer than 198 characters", NULL);
		p->expects_key = false;
		do {
			if (!fgets(text, size, p->file))
				return NULL;
		} while (!strchr(text, '\n'));
		p->inside = false;
	}
	check_key_came(p);
	if (!fgets(text, size, p->file))
		return NULL;

	p->line++;
	p->inside = !strchr(text, '\n') && !feof(p->file);
	first = text + strspn(text, " \t\r\n");
	if (*text == '[')
		check_section(p, text);
	else
		p->expects_key = *first && *first != ';' && *first != '#';
	return text;
}

/** check_capacity() - a pool may not promise more leases than its ranges hold */
static void check_capacity(struct parser *p, const char *section,
			   struct pool_config *pool)
{
	/* lease i takes addresses 2i and 2i+1 and the i-th prefix, i from 1 (alloc/pool.c) */
	unsigned link_bits = 128u - pool->link.len - 1;
	unsigned prefix_bits =
		pool->prefix.len ? (unsigned)pool->delegate - pool->prefix.len : 31;
	unsigned bits = link_bits < prefix_bits ? link_bits : prefix_bits;
	uint32_t fits = bits > 24 ? CAPACITY_MAX : (1u << bits) - 1;
	unsigned line = line_of(p, section, "capacity");
	char why[96];

	if (!line) {
		pool->capacity = fits < DEFAULT_CAPACITY ? fits : DEFAULT_CAPACITY;
	} else if (pool->capacity > fits) {
		char value[12];

		snprintf(value, sizeof(value), "%u", pool->capacity);
		snprintf(why, sizeof(why), "link and prefix hold no more than %u leases",
			 fits);
		mistake(p, line, "capacity", why, value);
	}
}

static void check_users_pool(struct parser *p)
{
	struct pool_config *pool = &p->config->users_pool;

	if (!pool->link.len) {
		mistake(p, 0, "[pool users]", "link is missing or wrong", NULL);
		return;
	}
	if (pool->prefix.len && pool->delegate <= pool->prefix.len) {
		unsigned line = line_of(p, "pool users", "delegate");
		char value[4];

		snprintf(value, sizeof(value), "%u", pool->delegate);
		mistake(p, line ? line : line_of(p, "pool users", "prefix"), "delegate",
			"not longer than prefix", value);
		return;
	}
	check_capacity(p, "pool users", pool);
}

static void check_anonymous_pool(struct parser *p)
{
	struct pool_config *pool = &p->config->anonymous_pool;

	if (!pool->link.len) {
		mistake(p, 0, "[pool anonymous]", "link is missing or wrong", NULL);
		return;
	}
	if (!line_of(p, "pool anonymous", "capacity"))
		pool->capacity = DEFAULT_CAPACITY;
}

/** check_overlap() - two ranges that share addresses would give them out twice */
static void check_overlap(struct parser *p)
{
	const struct {
		const char *section, *key;
		const struct prefix6 *range;
	} ranges[] = {
		{"pool anonymous", "link", &p->config->anonymous_pool.link},
		{"pool users", "link", &p->config->users_pool.link},
		{"pool users", "prefix", &p->config->users_pool.prefix},
	};
	char text[PREFIX6_TEXT_LEN];
	size_t i, j;

	for (i = 1; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		for (j = 0; j < i; j++) {
			if (!ranges[i].range->len || !ranges[j].range->len ||
			    !prefix6_overlaps(ranges[i].range, ranges[j].range))
				continue;
			prefix6_format(ranges[i].range, text);
			mistake(p, line_of(p, ranges[i].section, ranges[i].key),
				ranges[i].key, "overlaps another range of the pools",
				text);
		}
	}
}

/** settle_mechanisms() - those asked for must be possible; those not asked for follow the pools */
static void settle_mechanisms(struct parser *p)
{
	struct config *c = p->config;
	unsigned possible = 0, line = line_of(p, "auth", "mechanisms");

	if (c->anonymous_pool.present)
		possible |= MECHANISM_ANONYMOUS;
	if (c->users_pool.present)
		possible |= MECHANISM_PLAIN | MECHANISM_DIGEST_MD5;
	if (!possible)
		mistake(p, 0, "pools",
			"neither [pool anonymous] nor [pool users] is there", NULL);
	if (!line) {
		c->mechanisms = possible;
		return;
	}
	if (c->mechanisms & ~possible & MECHANISM_ANONYMOUS)
		mistake(p, line, "mechanisms", "there is no [pool anonymous] for",
			"ANONYMOUS");
	if (c->mechanisms & ~possible & (MECHANISM_PLAIN | MECHANISM_DIGEST_MD5))
		mistake(p, line, "mechanisms", "there is no [pool users] for",
			c->mechanisms & MECHANISM_PLAIN ? "PLAIN" : "DIGEST-MD5");
}

/** settle() - what can only be judged when all keys are known */
static void settle(struct parser *p)
{
	struct config *c = p->config;

	if (c->users_pool.present)
		check_users_pool(p);
	if (c->anonymous_pool.present)
		check_anonymous_pool(p);
	check_overlap(p);
	settle_mechanisms(p);
	if (!*c->template)
		mistake(p, 0, "template", "is missing in [server]", NULL);
	if (!*c->realm)
		snprintf(c->realm, sizeof(c->realm), "%s",
			 *c->domain ? c->domain : "tsp");
}

/** defaults() - what holds when a key is absent */
static void defaults(struct config *c)
{
	const char *state =
		getenv("STATE_DIRECTORY"); /* systemd: one or more, by colons */

	strcpy(c->user, "tsp");
	c->lifetime_minutes = 1440;
	c->keepalive_seconds = 30;
	strcpy(c->users, "/etc/tsp/users");
	snprintf(c->state, sizeof(c->state), "%.*s",
		 state && *state == '/' ? (int)strcspn(state, ":") : INT_MAX,
		 state && *state == '/' ? state : "/var/lib/tsp");
	c->users_pool.delegate = 56;
	c->login_seconds = 30;
	c->session_seconds = 60;
	c->template_seconds = 10;
	c->request_bytes = 8192;
	c->per_address = 4;
}

/**
 * config_path() - which file to read
 * @option:	Argument of -c, or NULL
 *
 * Return: the option, else $TSP_CONFIG, else the default
 */
const char *config_path(const char *option)
{
	const char *environment = getenv("TSP_CONFIG");

	if (option)
		return option;
	return environment && *environment ? environment : CONFIG_DEFAULT_PATH;
}

/**
 * config_load() - read and check a configuration file
 * @path:	File
 * @out:	Result: complete only when 0 is returned
 *
 * Every mistake is logged as "file:line: key: what is wrong: 'value'".
 *
 * Return: 0; -1 with EINVAL for mistakes in the file, else what fopen() or reading says
 */
int config_load(const char *path, struct config *out)
{
	unsigned seen[KEYS] = {0};
	struct parser p = {.config = out, .target.config = out, .seen = seen};
	int failed;

	memset(out, 0, sizeof(*out));
	if (strlen(path) >= sizeof(out->path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(out->path, path);
	defaults(out);

	p.file = fopen(path, "re");
	if (!p.file) {
		log_msg(LOG_ERR, "%s: %m", path);
		return -1;
	}
	ini_parse_stream(read_line, &p, on_key, &p);
	check_key_came(&p);
	failed = ferror(p.file);
	fclose(p.file);
	if (failed) {
		log_msg(LOG_ERR, "%s: cannot be read", path);
		errno = EIO;
		return -1;
	}

	settle(&p);
	errno = EINVAL;
	return p.mistakes ? -1 : 0;
}
