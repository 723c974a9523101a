/* SPDX-License-Identifier: MIT */
/*
 * remember.c - brokers that were named by others, for a day
 *
 * Files in the run directory, one line a broker: IPv4 address, port, the time in seconds at
 * which it is forgotten, name. Any other line is skipped.
 */
#include "client/remember.h"

#include <string.h>
#include <time.h>

#include "client/rundir.h"
#include "lib/addr.h"
#include "lib/parse.h"

#define FILE_MAX 8192

/**
 * remember_write() - replace what is remembered
 * @settings:	Whose file it is
 * @what:	REMEMBER_BROKERS or REMEMBER_SERVER
 * @list:	Brokers
 * @count:	How many, at most ANSWER_BROKERS_MAX
 */
void remember_write(const struct settings *settings, const char *what,
		    const struct rank_broker *list, size_t count)
{
	char space[FILE_MAX], address[INET_ADDRSTRLEN];
	struct buf text = BUF_ON(space);
	size_t i;

	buf_clear(&text);
	for (i = 0; i < count; i++) {
		addr_format4(list[i].address, address);
		buf_printf(&text, "%s %u %lld %s\n", address, list[i].port,
			   (long long)time(NULL) + REMEMBER_SECONDS, list[i].name);
	}
	if (!text.full)
		rundir_write(settings, what, &text);
}

/** read_line() - a broker; false if the line is not one, or is too old */
static bool read_line(char *line, struct rank_broker *out)
{
	const char *address = strsep(&line, " "), *port = strsep(&line, " "),
		   *until = strsep(&line, " ");
	uint64_t now = (uint64_t)time(NULL), end;
	uint32_t number;

	if (!line || addr_parse4(address, &out->address) ||
	    parse_u32(port, 1, UINT16_MAX, &number) || parse_u64(until, &end) ||
	    strlen(line) >= sizeof(out->name) || !parse_is_domain(line))
		return false;
	out->port = (uint16_t)number;
	strcpy(out->name, line);
	/* A clock that was set back does not prolong it */
	return end > now && end <= now + REMEMBER_SECONDS;
}

/**
 * remember_read() - what is remembered
 * @settings:	Whose file it is
 * @what:	REMEMBER_BROKERS or REMEMBER_SERVER
 * @list:	Result
 *
 * Return: how many; 0 also if the file is not ours, logged
 */
size_t remember_read(const struct settings *settings, const char *what,
		     struct rank_broker list[ANSWER_BROKERS_MAX])
{
	char space[FILE_MAX], *rest = space, *line;
	struct buf text = BUF_ON(space);
	size_t count = 0;

	if (rundir_read(settings->path, what, true, &text) || text.full)
		return 0;
	while (count < ANSWER_BROKERS_MAX && (line = strsep(&rest, "\n")))
		count += read_line(line, &list[count]);
	return count;
}
