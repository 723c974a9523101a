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
#include "lib/config_parser.h"
#include "lib/log.h"
#include "lib/prefix.h"

/** struct key - one key of the file */
struct key {
	const char *section;
	const char *name;
	int (*set)(struct value_target *t, const struct value_rule *rule,
		   const char *value);
	struct value_rule rule;
	bool list; /* may be given several times */
};

#define AT(member)   offsetof(struct config, member)
#define SIZE(member) sizeof(((struct config *)NULL)->member)

/* clang-format off */
static const struct key keys[] = {
	{"server", "user", value_text, {AT(user), 0, SIZE(user)}},
	{"server", "address", value_address, {AT(address), 0, 0}},
	{"server", "lifetime", value_number, {AT(lifetime_minutes), 1, 525600}},
	{"server", "keepalive", value_number, {AT(keepalive_seconds), 0, 3600}},
	{"server", "idle", value_number, {AT(idle_hours), 0, 8760}},
	{"server", "dns", value_dns, {0, 0, 0}, true},
	{"server", "domain", value_domain, {AT(domain), 0, SIZE(domain)}},
	{"server", "template", value_path, {AT(template), 0, SIZE(template)}},
	{"server", "accept", value_accept, {0, 0, 0}, true},
	{"server", "static_nat", value_bool, {AT(static_nat), 0, 0}},
	{"server", "udp_port", value_number, {AT(udp_port), 1, 65535}},
	{"server", "pseudo", value_range, {AT(pseudo), 8, 28}},
	{"server", "conflict", value_conflict, {AT(conflict), 0, 0}},
	{"server", "redirect", value_redirect, {0, 0, 0}, true},
	{"server", "state", value_path, {AT(state), 0, SIZE(state)}},
	{"server", "writable", value_writable, {0, 0, 0}, true},
	{"auth", "mechanisms", value_mechanisms, {0, 0, 0}, true},
	{"auth", "users", value_path, {AT(users), 0, SIZE(users)}},
	{"auth", "realm", value_realm, {AT(realm), 0, SIZE(realm)}},
	{"pool anonymous", "link", value_prefix, {AT(anonymous_pool.link), 1, 64}},
	{"pool anonymous", "capacity", value_number,
		{AT(anonymous_pool.capacity), 1, CONFIG_CAPACITY_MAX}},
	{"pool users", "link", value_prefix, {AT(users_pool.link), 1, 125}},
	{"pool users", "prefix", value_prefix, {AT(users_pool.prefix), 1, 63}},
	{"pool users", "delegate", value_delegate, {AT(users_pool.delegate), 2, 64}},
	{"pool users", "capacity", value_number,
		{AT(users_pool.capacity), 1, CONFIG_CAPACITY_MAX}},
	{"limits", "login_seconds", value_number, {AT(login_seconds), 1, 600}},
	{"limits", "login_delay", value_number, {AT(login_delay), 0, 30}},
	{"limits", "session_seconds", value_number, {AT(session_seconds), 1, 3600}},
	{"limits", "template_seconds", value_number, {AT(template_seconds), 1, 600}},
	{"limits", "request_bytes", value_number, {AT(request_bytes), 512, 65536}},
	{"limits", "per_address", value_number, {AT(per_address), 1, 16}},
	{"limits", "sessions", value_number, {AT(sessions), 1, 4096}},
	{"limits", "sessions_per_address", value_number,
		{AT(sessions_per_address), 1, 4096}},
};
/* clang-format on */

#define KEYS (sizeof(keys) / sizeof(keys[0]))

/** config_mistake() - report one and count it; @line 0: of the whole file */
void config_mistake(struct parser *p, unsigned line, const char *name, const char *why,
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

/** find_key() - its place in the table; KEYS when there is no such key */
static size_t find_key(const char *section, const char *name)
{
	size_t i;

	for (i = 0; i < KEYS; i++) {
		if (!strcmp(keys[i].section, section) && !strcmp(keys[i].name, name))
			break;
	}
	return i;
}

/** config_line_of() - where a key of the table was given; 0: nowhere */
unsigned config_line_of(const struct parser *p, const char *section, const char *name)
{
	return p->seen[find_key(section, name)];
}

/** on_key() - inih found "name = value" */
static int on_key(void *context, const char *section, const char *name, const char *value)
{
	struct parser *p = context;
	size_t i = find_key(section, name);

	p->expects_key = false;
	if (i == KEYS) {
		if (section_known(section))
			config_mistake(p, p->line, name,
				       "unknown key in this section, value", value);
		else if (!*section)
			config_mistake(p, p->line, name, "key before any section, value",
				       value);
		return 1; /* an unknown section was reported at its own line */
	}
	if (p->seen[i] && !keys[i].list) {
		config_mistake(p, p->line, name, "given twice, now as", value);
		return 1;
	}
	if (!p->seen[i])
		p->seen[i] = p->line;
	if (*value == ';') { /* inih takes it for a comment only behind a blank */
		config_mistake(p, p->line, name, "a comment without a blank before it",
			       value);
		return 1;
	}
	if (keys[i].set(&p->target, &keys[i].rule, value))
		config_mistake(p, p->line, name, p->target.why, value);
	return 1;
}

/** check_section() - look at a "[section]" line, which inih accepts whatever it says */
static void check_section(struct parser *p, const char *line)
{
	const char *end = strchr(line, ']');
	char name[64];

	if (!end || (size_t)(end - line) > sizeof(name)) {
		config_mistake(p, p->line, "section", "no ']' behind", line);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(end - line - 1), line + 1);
	if (!section_known(name))
		config_mistake(p, p->line, "section", "unknown", name);
	if (!strcmp(name, "pool anonymous"))
		p->config->anonymous_pool.present = true;
	if (!strcmp(name, "pool users"))
		p->config->users_pool.present = true;
}

/* inih passes over lines that are no key, naming only the first of them when all is done */
static void check_key_came(struct parser *p)
{
	if (p->expects_key)
		config_mistake(p, p->line, "syntax",
			       "neither a section nor a key = value", NULL);
	p->expects_key = false;
}

/** fill_line() - read to the end of the line or of @text; the number of bytes, 0 at the end */
static size_t fill_line(FILE *file, char *text, size_t size)
{
	size_t n = 0;
	int c = 0;

	while (n < size - 1 && c != '\n' && (c = getc(file)) != EOF)
		text[n++] = (char)c;
	text[n] = '\0';
	return n;
}

/*
 * end_line() - report a line longer than inih's buffer, and end it within the buffer
 *
 * inih 55 takes the rest of such a line for lines; 56 and later read it by read_line(), in
 * pieces. Neither sees a rest when the text ends in a newline.
 */
static void end_line(struct parser *p, char *last)
{
	int c;

	if (*last == '\n' || feof(p->file))
		return;
	config_mistake(p, p->line, "syntax", "line is longer than 198 characters", NULL);
	do {
		c = getc(p->file);
	} while (c != '\n' && c != EOF);
	*last = '\n';
}

/** read_line() - inih's reader: counts lines and looks at what inih does not report */
static char *read_line(char *text, int size, void *context)
{
	struct parser *p = context;
	const char *first;
	size_t n;

	check_key_came(p);
	n = fill_line(p->file, text, (size_t)size);
	if (!n)
		return NULL;

	p->line++;
	end_line(p, &text[n - 1]);
	if (memchr(text, '\0', n))
		config_mistake(p, p->line, "syntax", "NUL byte", NULL);
	first = text + strspn(text, " \t\r\n");
	if (*text == '[')
		check_section(p, text);
	else
		p->expects_key = *first && *first != ';' && *first != '#';
	return text;
}

/** defaults() - what holds when a key is absent */
static void defaults(struct config *c)
{
	const char *state =
		getenv("STATE_DIRECTORY"); /* systemd: one or more, by colons */

	strcpy(c->user, "tsp");
	c->lifetime_minutes = 1440;
	c->keepalive_seconds = 30;
	c->idle_hours = 0;
	strcpy(c->users, "/etc/tsp/users");
	snprintf(c->state, sizeof(c->state), "%.*s",
		 state && *state == '/' ? (int)strcspn(state, ":") : INT_MAX,
		 state && *state == '/' ? state : "/var/lib/tsp");
	c->udp_port = 3653;
	prefix4_parse("100.124.0.0/14", &c->pseudo);
	c->users_pool.delegate = 56;
	c->login_seconds = 30;
	c->login_delay = 1;
	c->session_seconds = 60;
	c->template_seconds = 10;
	c->request_bytes = 8192;
	c->per_address = 4;
	c->sessions = 256;
	c->sessions_per_address = 16;
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

	config_check(&p);
	errno = EINVAL;
	return p.mistakes ? -1 : 0;
}
