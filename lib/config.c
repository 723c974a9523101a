/* SPDX-License-Identifier: MIT */
/*
 * config.c - read and check tsp.conf (tsp.conf(5))
 *
 * config_key.c has the table of keys, value.c one setter per type of value,
 * config_check.c what depends on several keys. Every mistake in the file is reported, as
 * "file:line: key: what is wrong: 'value'", so that an operator can mend all of them at
 * once.
 */
#include "lib/config.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/config_check.h"
#include "lib/log.h"

/** note_gone() - remember a key without a meaning for config_notices() */
static void note_gone(struct parser *p, const struct config_key *key)
{
	struct config *c = p->config;

	if (c->notice_count < CONFIG_NOTICES_MAX)
		c->notices[c->notice_count++] = (struct config_notice){
			.line = p->line, .key = key->name, .why = key->gone};
}

/** on_key() - inih found "name = value" */
static int on_key(void *context, const char *section, const char *name, const char *value)
{
	struct parser *p = context;
	const struct config_key *key = config_key_find(section, name);
	char near[SUGGEST_TEXT];
	unsigned *seen;

	p->expects_key = false;
	if (!key) {
		if (config_key_section(section))
			config_parser_unknown(p, name,
					      "unknown key in this section, value", value,
					      config_key_suggest(section, name, near));
		else if (!*section)
			config_parser_mistake(p, p->line, name,
					      "key before any section, value", value);
		return 1; /* an unknown section was reported at its own line */
	}
	seen = &p->seen[config_key_index(key)];
	if (*seen && !key->list) {
		config_parser_mistake(p, p->line, name, "given twice, now as", value);
		return 1;
	}
	if (!*seen)
		*seen = p->line;
	if (*value == ';') { /* for inih a comment begins after a blank only */
		config_parser_mistake(p, p->line, name,
				      "a comment needs a blank before it", value);
		return 1;
	}
	if (key->gone) {
		note_gone(p, key);
		return 1;
	}
	if (key->set(&p->target, &key->rule, value))
		config_parser_mistake(p, p->line, name, p->target.why, value);
	return 1;
}

/** check_section() - look at a "[section]" line, which inih accepts whatever it says */
static void check_section(struct parser *p, const char *line)
{
	const char *end = strchr(line, ']');
	char name[64], near[SUGGEST_TEXT];

	if (!end || (size_t)(end - line) > sizeof(name)) {
		config_parser_mistake(p, p->line, "section", "missing ']' after", line);
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(end - line - 1), line + 1);
	if (!config_key_section(name))
		config_parser_unknown(p, "section", "unknown", name,
				      config_key_suggest_section(name, near));
	if (!strcmp(name, "pool anonymous"))
		p->config->anonymous_pool.present = true;
	if (!strcmp(name, "pool users"))
		p->config->users_pool.present = true;
}

/* inih skips lines without a key, and names only the first of them at the end */
static void check_key_came(struct parser *p)
{
	if (p->expects_key)
		config_parser_mistake(p, p->line, "syntax",
				      "neither a [section] nor a key = value: a comment "
				      "begins with #",
				      NULL);
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
	config_parser_mistake(p, p->line, "syntax", "line is longer than 198 characters",
			      NULL);
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
		config_parser_mistake(p, p->line, "syntax", "NUL byte", NULL);
	first = text + strspn(text, " \t\r\n");
	if (*text == '[')
		check_section(p, text);
	else
		p->expects_key = *first && *first != ';' && *first != '#';
	return text;
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
	struct parser p = {.config = out, .target.config = out};
	int failed;

	memset(out, 0, sizeof(*out));
	if (strlen(path) >= sizeof(out->path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(out->path, path);
	config_key_defaults(out);

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

/**
 * config_notices() - log the keys of a file that had a meaning once, at priority notice
 * @config:	A configuration that was loaded
 *
 * Sessions accept such a file without a word; `tsp-handler -n` calls this.
 */
void config_notices(const struct config *config)
{
	size_t i;

	for (i = 0; i < config->notice_count; i++) {
		const struct config_notice *n = &config->notices[i];

		log_msg(LOG_NOTICE, "%s:%u: %s: has no effect any more: %s", config->path,
			n->line, n->key, n->why);
	}
}
