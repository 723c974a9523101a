/* SPDX-License-Identifier: MIT */
/*
 * state_id.c - which allocation files were made, recorded beside the configuration
 *
 * A missing allocation file means a new server or a lost file. The record tells them apart:
 * once it lists a pool, the pool's file is not made without a question. It is the file
 * "state-id" beside tsp.conf, not in the state directory, which may be lost as a whole. A
 * configuration of another name has its record in NAME.state-id. A line is
 *
 *	POOL IDENTITY PATH
 *
 * Root writes it, everybody may read it.
 */
#include "upkeep/state_id.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/atomic_file.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/parse.h"

#define MODE         0644
#define LINE_MAX_LEN (PATH_MAX + 64)
#define NAME         "state-id"
#define CONFIG       "tsp.conf"

/** state_id_path() - name of the record; 0, or -1 with ENAMETOOLONG */
int state_id_path(const struct config *config, char out[PATH_MAX])
{
	const char *slash = strrchr(config->path, '/');
	const char *base = slash ? slash + 1 : config->path;
	int dir = (int)(base - config->path);

	if (!strcmp(base, CONFIG))
		return file_path(out, "%.*s" NAME, dir, config->path);
	return file_path(out, "%s." NAME, config->path);
}

/** parse_line() - one line of the record; 0; -1: not a record */
static int parse_line(char *line, struct state_id out[POOL_KINDS])
{
	char *save, *pool = strtok_r(line, " \n", &save);
	char *identity = strtok_r(NULL, " \n", &save);
	char *path = strtok_r(NULL, "\n", &save);
	enum pool_kind kind;
	uint64_t number;

	if (!pool || *pool == '#')
		return 0;
	if (!identity || !path || pool_parse(pool, &kind) ||
	    parse_hex64(identity, &number) || !number)
		return -1;
	out[kind].identity = number;
	snprintf(out[kind].path, sizeof(out[kind].path), "%s", path);
	return 0;
}

/** read_lines() - the whole record; 0, or -1, logged */
static int read_lines(FILE *file, const char *name, struct state_id out[POOL_KINDS])
{
	char line[LINE_MAX_LEN];
	unsigned number = 0;

	while (fgets(line, sizeof(line), file)) {
		number++;
		if (!parse_line(line, out))
			continue;
		log_msg(LOG_ERR, "%s:%u: not 'POOL IDENTITY PATH'", name, number);
		return -1;
	}
	if (!ferror(file))
		return 0;
	log_msg(LOG_ERR, "%s: %m", name);
	return -1;
}

/**
 * state_id_read() - read the record
 * @config:	Configuration
 * @out:	Result
 *
 * Return: 0, also if nothing has been recorded; -1, logged
 */
int state_id_read(const struct config *config, struct state_id out[POOL_KINDS])
{
	char name[PATH_MAX];
	FILE *file;
	int r;

	memset(out, 0, POOL_KINDS * sizeof(*out));
	if (state_id_path(config, name)) {
		log_msg(LOG_ERR, "%s: %m", config->path);
		return -1;
	}
	file = fopen(name, "re");
	if (!file && errno == ENOENT)
		return 0;
	if (!file) {
		log_msg(LOG_ERR, "%s: %m", name);
		return -1;
	}
	r = read_lines(file, name, out);
	fclose(file);
	return r;
}

/** state_id_writable() - may this process replace the record? false: no, logged */
bool state_id_writable(const struct config *config)
{
	char path[PATH_MAX], *slash;

	if (state_id_path(config, path)) {
		log_msg(LOG_ERR, "%s: %m", config->path);
		return false;
	}
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
	if (!faccessat(AT_FDCWD, slash ? path : ".", W_OK, AT_EACCESS))
		return true;
	log_msg(LOG_ERR, "%s: %m: be root, since '" NAME "' is written there",
		slash ? path : ".");
	return false;
}

/** put_lines() - write the record; errors show at the end */
static void put_lines(FILE *file, const struct state_id ids[POOL_KINDS])
{
	fputs("# Allocation files that were made: tspctl(8), init. Do not remove this "
	      "file:\n"
	      "# without it a lost allocation file looks like a new server.\n",
	      file);
	POOL_EACH(kind) {
		if (ids[kind].identity)
			fprintf(file, "%s %016" PRIx64 " %s\n", pool_name(kind),
				ids[kind].identity, ids[kind].path);
	}
}

/**
 * state_id_write() - replace the record
 * @config:	Configuration
 * @ids:	All pools that have a file
 *
 * Return: 0; -1, logged
 */
int state_id_write(const struct config *config, const struct state_id ids[POOL_KINDS])
{
	struct atomic_file file;
	char name[PATH_MAX];

	if (state_id_path(config, name)) {
		log_msg(LOG_ERR, "%s: %m", config->path);
		return -1;
	}
	if (!atomic_file_begin(&file, name, MODE, true)) {
		put_lines(file.new, ids);
		if (!atomic_file_commit(&file))
			return 0;
	}
	if (errno == EACCES || errno == EPERM)
		log_msg(LOG_ERR, "%s: no right to write it: be root", name);
	else
		log_msg(LOG_ERR, "%s: cannot be written: %m", name);
	return -1;
}
