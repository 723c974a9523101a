/* SPDX-License-Identifier: MIT */
/*
 * rundir.c - files of a running tspc, in a directory below /run
 *
 * NAME.env has the template's variables, from before its creation until after its
 * teardown, so that a killed tspc leaves what a teardown needs. NAME.status is for "tspc
 * status". NAME is the name of the configuration file without ".conf". Each is replaced
 * atomically.
 */
#include "client/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/owned.h"
#include "lib/log.h"

#define DIRECTORY "/run/tspc"

/** rundir() - the directory: systemd's choice, or ours */
const char *rundir(void)
{
	const char *chosen = getenv("RUNTIME_DIRECTORY");

	return chosen && *chosen == '/' ? chosen : DIRECTORY;
}

/** rundir_make() - make the directory, or check that it is ours; 0, or -1 with errno, logged */
int rundir_make(void)
{
	struct stat st;

	if (mkdir(rundir(), 0755) && errno != EEXIST) {
		log_msg(LOG_ERR, "%s: %m", rundir());
		return -1;
	}
	if (stat(rundir(), &st)) {
		log_msg(LOG_ERR, "%s: %m", rundir());
		return -1;
	}
	if ((st.st_uid == 0 || st.st_uid == geteuid()) &&
	    !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	log_msg(LOG_ERR, "%s: others can write it: it must be root's", rundir());
	errno = EPERM;
	return -1;
}

/** rundir_path() - path of a file; 0, or -1 with ENAMETOOLONG */
int rundir_path(const char *settings_path, const char *suffix, char out[PATH_MAX])
{
	const char *slash = strrchr(settings_path, '/');
	const char *base = slash ? slash + 1 : settings_path;
	size_t len = strlen(base);
	int n;

	if (len > 5 && !strcmp(base + len - 5, ".conf"))
		len -= 5;
	n = snprintf(out, PATH_MAX, "%s/%.*s.%s", rundir(), (int)len, base, suffix);
	if (n > 0 && n < PATH_MAX - 8)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/** write_all() - 0, or -1 with errno */
static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/**
 * rundir_write() - write a file, atomically
 *
 * Return: 0; -1 with errno, logged
 */
int rundir_write(const struct settings *settings, const char *suffix,
		 const struct buf *text)
{
	char path[PATH_MAX], fresh[PATH_MAX + 8];
	int fd, failed;

	if (rundir_path(settings->path, suffix, path)) {
		log_msg(LOG_ERR, "%s: %m", settings->path);
		return -1;
	}
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	failed = fd < 0 || write_all(fd, text->data, text->len);
	if (fd >= 0)
		failed |= close(fd);
	if (!failed && !rename(fresh, path))
		return 0;
	log_msg(LOG_ERR, "%s: %m", path);
	unlink(fresh);
	return -1;
}

/** rundir_remove() - remove a file */
void rundir_remove(const struct settings *settings, const char *suffix)
{
	char path[PATH_MAX];

	if (!rundir_path(settings->path, suffix, path))
		unlink(path);
}

/**
 * rundir_read() - read a file
 * @settings_path:	Configuration of the tspc that it belongs to
 * @suffix:		What the file is for
 * @own:		It has to be root's or ours: we act on it
 * @text:		Result
 *
 * Return: 0; -1 with errno: ENOENT if it is not there; others are logged
 */
int rundir_read(const char *settings_path, const char *suffix, bool own, struct buf *text)
{
	char path[PATH_MAX], chunk[512];
	ssize_t n;
	int fd;

	buf_clear(text);
	if (rundir_path(settings_path, suffix, path))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) {
		if (errno != ENOENT)
			log_msg(LOG_ERR, "%s: %m", path);
		return -1;
	}
	if (own && owned_check(fd, path)) {
		close(fd);
		return -1;
	}
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		buf_add(text, chunk, (size_t)n);
	close(fd);
	return n < 0 ? -1 : 0;
}
