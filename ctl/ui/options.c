/* SPDX-License-Identifier: MIT */
/* options.c - parse the options of a subcommand, anywhere between its operands */
#include "ctl/ui/options.h"

#include <getopt.h>

#include "lib/log.h"
#include "lib/parse.h"

#define SPECS_MAX 8

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
static int complain(const struct ctl *ctl, int code, int argc, char **argv)
{
	const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";

	if (code == ':')
		log_msg(LOG_ERR, "%s: %s needs a value", ctl->command->name, word);
	else
		log_msg(LOG_ERR, "%s: no such option: '%s'", ctl->command->name, word);
	return -1;
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
	struct option list[SPECS_MAX + 2] = {{0}};
	size_t i;
	int c, n = 0;

	for (i = 0; i < count && i < SPECS_MAX; i++)
		list[n++] = (struct option){
			specs[i].name,
			specs[i].kind == OPTION_FLAG ? no_argument : required_argument,
			NULL, 'a' + (int)i};
	if (ctl->command->json)
		list[n] = (struct option){"json", no_argument, NULL, 'J'};

	opterr = 0;
	optind = 0; /* start over, behind main()'s own options */
	while ((c = getopt_long(argc, argv, ":", list, NULL)) != -1) {
		if (c == 'J')
			ctl->json = true;
		else if (c == '?' || c == ':')
			return complain(ctl, c, argc, argv);
		else if (set_option(&specs[c - 'a'], optarg))
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
