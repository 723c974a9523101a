/* SPDX-License-Identifier: MIT */
/*
 * modes.c - what a template can do: it says so itself, in lines near its top
 *
 *	# TSP-Modes: v6v4 v6udpv4
 *	# TSP-Batch: yes
 *	# TSP-Capability: none
 *
 * The script is the one place that knows. A key in the configuration could promise what
 * the script cannot keep; and a script from before there was a choice, which says nothing,
 * builds v6v4 and nothing else, one tunnel in each run.
 */
#include "tunnel/modes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

#define HEAD_BYTES 4096 /* where the line has to stand */

/** has_word() - @line, up to its end, has @word between blanks */
static bool has_word(const char *line, const char *word)
{
	size_t len;

	for (line += strspn(line, " \t"); *line && *line != '\n';
	     line += strspn(line, " \t")) {
		len = strcspn(line, " \t\r\n");
		if (len == strlen(word) && !memcmp(line, word, len))
			return true;
		line += len;
		if (*line == '\r')
			return false;
	}
	return false;
}

/**
 * modes_declares() - a template says @word in the line that begins with @mark
 * @path:	The script
 * @mark:	Beginning of the line, as "# TSP-Batch:"
 * @word:	Word behind it, between blanks
 *
 * Return: true or false; false too, logged, for a script that cannot be read
 */
bool modes_declares(const char *path, const char *mark, const char *word)
{
	char head[HEAD_BYTES + 1];
	const char *line;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	n = fd < 0 ? -1 : read(fd, head, HEAD_BYTES);
	if (n < 0)
		log_msg(LOG_ERR, "%s: %m", path);
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return false;
	head[n] = '\0';
	for (line = head; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, mark, strlen(mark)))
			return has_word(line + strlen(mark), word);
	}
	return false;
}

/**
 * modes_declared() - a template says that it builds tunnels of this mode
 * @path:	The script
 * @mode:	Mode; TUNNEL_V6V4 goes without saying
 *
 * Return: true or false; false too, logged, for a script that cannot be read
 */
bool modes_declared(const char *path, enum tunnel_type mode)
{
	return mode == TUNNEL_V6V4 ||
	       modes_declares(path, "# TSP-Modes:", tunnel_type_name(mode));
}

/**
 * modes_batch_declared() - a template says that it builds many tunnels in one run
 * @path:	The script
 *
 * Return: as modes_declared()
 */
bool modes_batch_declared(const char *path)
{
	return modes_declares(path, "# TSP-Batch:", "yes");
}

/**
 * modes_net_admin_needed() - a template makes devices or rules, as far as it says
 * @path:	The script
 *
 * Return: false when it says "# TSP-Capability: none"; true else, also for a script that
 * cannot be read
 */
bool modes_net_admin_needed(const char *path)
{
	return !modes_declares(path, "# TSP-Capability:", "none");
}
