/* SPDX-License-Identifier: MIT */
/* command.h - open the allocation files for a subcommand, and choose its exit status */
#ifndef CTL_UI_COMMAND_H
#define CTL_UI_COMMAND_H

#include "ctl/ctl.h"
#include "upkeep/files.h"

const struct upkeep_observer *command_observer(void);
int command_open(struct ctl *ctl, struct files *f, enum table_use use);
int command_open_any(struct ctl *ctl, struct files *f, enum table_use use);
int command_status(enum upkeep_result result);
int command_exit(const struct files *f, int status);

#endif
