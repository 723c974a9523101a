/* SPDX-License-Identifier: MIT */
/* user_table.h - the users as "tspctl user list" shows them */
#ifndef CTL_UI_USER_TABLE_H
#define CTL_UI_USER_TABLE_H

#include <stdbool.h>

#include "ctl/ctl.h"

int user_table_print(struct ctl *ctl, bool plain);

#endif
