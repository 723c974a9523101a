/* SPDX-License-Identifier: MIT */
/* options.c - parse the options of a subcommand, anywhere between its operands */
#include "ctl/ui/options.h"

#include <getopt.h>
#include <string.h>

#include "lib/log.h"
#include "lib/parse.h"
#include "lib/suggest.h"

#define SPECS_MAX 16
#define LONG_CODE 256 /* getopt_long() returns this and the index of a long option */
#define JSON_CODE 255

/** set_option() - set the value of an option; 0, or -1, reported */
static int set_option(const struct option_spec *spec, const char *text)
{
	switch (spec->kind) {
	case OPTION_FLAG:
		*(bool *)spec->value = true;
		return 0;
	case OPTION_POOL:
		if (!pool_parse(text, spec->value))
			return 0;
		log_msg(LOG_ERR, "--%s: neither users nor anonymous: '%s'", spec->name,
			text);
		return -1;
	case OPTION_TEXT:
		*(const char **)spec->value = text;
		return 0;
	case OPTION_NUMBER:
		break;
	}
	if (!parse_u32(text, spec->min, spec->max, spec->value))
		return 0;
	log_msg(LOG_ERR, "--%s: not a number from %u to %u: '%s'", spec->name, spec->min,
		spec->max, text);
	return -1;
}

/** complain() - report what getopt_long() has refused; -1 */
static int complain(const struct ctl *ctl, int code, const char *word,
		    const struct option *list)
{
	struct suggest near;
	char text[SUGGEST_TEXT];

	if (code == ':') {
		log_msg(LOG_ERR, "%s: %s needs a value", ctl->command->name, word);
		return -1;
	}
	if (optopt >= JSON_CODE) {
		log_msg(LOG_ERR, "%s: takes no value: '%s'", ctl->command->name, word);
		return -1;
	}
	suggest_begin(&near, word + strspn(word, "-"),
		      strcspn(word + strspn(word, "-"), "="));
	for (; list->name && word[0] == '-' && word[1] == '-'; list++)
		suggest_offer(&near, list->name);
	log_msg(LOG_ERR, "%s: no such option: '%s'%s", ctl->command->name, word,
		suggest_text(&near, "--", text));
	return -1;
}

/** list_options() - long options for getopt_long(), and the letters of short ones */
static void list_options(const struct ctl *ctl, const struct option_spec *specs,
			 size_t count, struct option list[SPECS_MAX + 2], char *letters)
{
	size_t i;
	int n = 0;

	*letters++ = ':';
	for (i = 0; i < count && i < SPECS_MAX; i++) {
		bool flag = specs[i].kind == OPTION_FLAG;

		if (specs[i].name[1]) {
			list[n++] = (struct option){
				specs[i].name, flag ? no_argument : required_argument,
				NULL, LONG_CODE + (int)i};
			continue;
		}
		*letters++ = *specs[i].name;
		if (!flag)
			*letters++ = ':';
	}
	*letters = '\0';
	if (ctl->command->json)
		list[n++] = (struct option){"json", no_argument, NULL, JSON_CODE};
	list[n] = (struct option){NULL};
}

/** spec_of() - the option that getopt_long() has returned the code of */
static const struct option_spec *spec_of(const struct option_spec *specs, size_t count,
					 int code)
{
	size_t i;

	if (code >= LONG_CODE)
		return &specs[code - LONG_CODE];
	for (i = 0; i + 1 < count && (specs[i].name[1] || specs[i].name[0] != code); i++)
		;
	return &specs[i];
}

/**
 * options_parse() - parse options, including --json if the command has it
 * @ctl:		Run
 * @argc:		Number of arguments, the subcommand's name included
 * @argv:		Arguments; they are sorted: options first
 * @specs:		Options, at most SPECS_MAX
 * @count:		Number of options
 * @operands_min:	Least number of operands
 * @operands_max:	Largest number of operands
 *
 * Return: index of the first operand; -1 for a mistake, reported
 */
int options_parse(struct ctl *ctl, int argc, char **argv, const struct option_spec *specs,
		  size_t count, int operands_min, int operands_max)
{
	struct option list[SPECS_MAX + 2];
	char letters[2 * SPECS_MAX + 2];
	int c;

	list_options(ctl, specs, count, list, letters);
	opterr = 0;
	optind = 0; /* start over, behind main()'s own options */
	while ((c = getopt_long(argc, argv, letters, list, NULL)) != -1) {
		if (c == JSON_CODE)
			ctl->json = true;
		else if (c == '?' || c == ':')
			return complain(ctl, c, argv[optind - 1], list);
		else if (set_option(spec_of(specs, count, c), optarg))
			return -1;
	}
	if (argc - optind >= operands_min && argc - optind <= operands_max)
		return optind;
	if (argc - optind < operands_min)
		log_msg(LOG_ERR, "%s: an operand is missing", ctl->command->name);
	else
		log_msg(LOG_ERR, "%s: one word too many: '%s'", ctl->command->name,
			argv[optind + operands_max]);
	return -1;
}
