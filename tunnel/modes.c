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
 *	# TSP-Devices: sit
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

/**
 * next_word() - the next word of a line
 * @line:	Where to look; moved behind the word
 * @len:	Result: its length
 *
 * Return: the word, not NUL-terminated; NULL at the end of the line
 */
static const char *next_word(const char **line, size_t *len)
{
	const char *word = *line + strspn(*line, " \t");

	*len = strcspn(word, " \t\r\n");
	*line = word + *len;
	return *len ? word : NULL;
}

/** read_head() - the part of a template that may declare something; 0, or -1, logged */
static int read_head(const char *path, char head[HEAD_BYTES + 1])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, head, HEAD_BYTES);

	if (n < 0)
		log_msg(LOG_ERR, "%s: %m", path);
	if (fd >= 0)
		close(fd);
	head[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -1 : 0;
}

/** find_mark() - the text behind a mark that begins a line; NULL: no line has it */
static const char *find_mark(const char *head, const char *mark)
{
	const char *line;

	for (line = head; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, mark, strlen(mark)))
			return line + strlen(mark);
	}
	return NULL;
}

/**
 * modes_word() - a word of the line of a template that begins with @mark
 * @path:	The script
 * @mark:	Beginning of the line, as "# TSP-Devices:"
 * @number:	Which word after it, from 0
 * @out:	Result; a longer word is cut
 *
 * Return: true; false: there are fewer words, or, logged, the script cannot be read
 */
bool modes_word(const char *path, const char *mark, size_t number, char out[MODES_WORD])
{
	char head[HEAD_BYTES + 1];
	const char *line, *word = NULL;
	size_t len = 0, i;

	line = read_head(path, head) ? NULL : find_mark(head, mark);
	for (i = 0; line && i <= number; i++) {
		word = next_word(&line, &len);
		if (!word)
			return false;
	}
	if (!word)
		return false;
	len = len < MODES_WORD ? len : MODES_WORD - 1;
	memcpy(out, word, len);
	out[len] = '\0';
	return true;
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
	const char *line, *found;
	size_t len;

	line = read_head(path, head) ? NULL : find_mark(head, mark);
	while (line && (found = next_word(&line, &len))) {
		if (len == strlen(word) && !memcmp(found, word, len))
			return true;
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
