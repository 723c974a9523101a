/* SPDX-License-Identifier: MIT */
/*
 * modes.c - read what a template declares, in lines near its top
 *
 *	# TSP-Modes: v6v4 v6udpv4
 *	# TSP-Batch: yes
 *	# TSP-List: yes
 *	# TSP-Proof: yes
 *	# TSP-Capability: none
 *	# TSP-Datapath: yes
 *
 * Only the script knows: a key in the configuration could promise what the script does not
 * do. A script without these lines builds v6v4 tunnels, one in each run, with
 * CAP_NET_ADMIN.
 */
#include "tunnel/modes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"

#define HEAD_BYTES 4096 /* from the start of the file; lines beyond are not read */

/** has_word() - true if @line, up to its end, has @word between blanks */
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
 * modes_declares() - true if a template has @word in the line that begins with @mark
 * @path:	The script
 * @mark:	Beginning of the line, as "# TSP-Batch:"
 * @word:	Word after it, between blanks
 *
 * Return: true or false; false, logged, for a script that cannot be read
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
 * modes_declared() - true if a template builds tunnels of this mode
 * @path:	The script
 * @mode:	Mode; every template builds TUNNEL_V6V4
 *
 * Return: true or false; false, logged, for a script that cannot be read
 */
bool modes_declared(const char *path, enum tunnel_type mode)
{
	return mode == TUNNEL_V6V4 ||
	       modes_declares(path, "# TSP-Modes:", tunnel_type_name(mode));
}

/**
 * modes_batch_declared() - true if a template builds many tunnels in one run
 * @path:	The script
 *
 * Return: as modes_declared()
 */
bool modes_batch_declared(const char *path)
{
	return modes_declares(path, "# TSP-Batch:", "yes");
}

/**
 * modes_list_declared() - true if a template can list its tunnels
 * @path:	The script
 *
 * Return: as modes_declared()
 */
bool modes_list_declared(const char *path)
{
	return modes_declares(path, "# TSP-List:", "yes");
}

/**
 * modes_proof_declared() - true if a template answers pings of the keepalive address
 * @path:	The script
 *
 * Return: as modes_declared()
 */
bool modes_proof_declared(const char *path)
{
	return modes_declares(path, "# TSP-Proof:", "yes");
}

/**
 * modes_datapath_declared() - true if a template needs tsp-datapath
 * @path:	The script
 *
 * Return: as modes_declared()
 */
bool modes_datapath_declared(const char *path)
{
	return modes_declares(path, "# TSP-Datapath:", "yes");
}

/**
 * modes_net_admin_needed() - true unless a template declares that it needs no capability
 * @path:	The script
 *
 * Return: false when it says "# TSP-Capability: none"; true else, also for a script that
 * cannot be read
 */
bool modes_net_admin_needed(const char *path)
{
	return !modes_declares(path, "# TSP-Capability:", "none");
}
