/* SPDX-License-Identifier: MIT */
/* config_parser.c - state while tsp.conf is read: lines of keys, mistakes */
#include "lib/config_parser.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/config_key.h"
#include "lib/log.h"

/** report() - log a mistake and count it; @hint: as suggest_text() */
static void report(struct parser *p, unsigned line, const char *name, const char *why,
		   const char *value, const char *hint)
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
		log_msg(LOG_ERR, "%s:%u: %s: %s: '%s'%s", p->config->path, line, name,
			why, text, hint);
	else
		log_msg(LOG_ERR, "%s:%u: %s: %s", p->config->path, line, name, why);
}

/** config_parser_mistake() - log a mistake and count it; @line 0: the whole file's */
void config_parser_mistake(struct parser *p, unsigned line, const char *name,
			   const char *why, const char *value)
{
	report(p, line, name, why, value, "");
}

/** config_parser_unknown() - log an unknown name of this line as a mistake */
void config_parser_unknown(struct parser *p, const char *name, const char *why,
			   const char *value, const char *hint)
{
	report(p, p->line, name, why, value, hint);
}

/** config_parser_line() - the line where a key of the table was first given; 0: nowhere */
unsigned config_parser_line(const struct parser *p, const char *section, const char *name)
{
	return p->seen[config_key_index(config_key_find(section, name))];
}
