/* SPDX-License-Identifier: MIT */
/* rundir.h - files of a running tspc, in a directory below /run */
#ifndef CLIENT_RUNDIR_H
#define CLIENT_RUNDIR_H

#include "client/settings.h"
#include "lib/buf.h"

const char *rundir(void);
int rundir_make(void);
int rundir_path(const char *settings_path, const char *suffix, char out[PATH_MAX]);
int rundir_write(const struct settings *settings, const char *suffix,
		 const struct buf *text);
void rundir_remove(const struct settings *settings, const char *suffix);
int rundir_read(const char *settings_path, const char *suffix, bool own,
		struct buf *text);

#endif
