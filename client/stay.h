/* SPDX-License-Identifier: MIT */
/* stay.h - get a tunnel and keep it */
#ifndef CLIENT_STAY_H
#define CLIENT_STAY_H

#include <stdbool.h>

#include "client/request.h"
#include "client/settings.h"

int stay_run(const struct settings *settings, bool once);
int stay_ask(const struct settings *settings, enum request_action action);
int stay_prepare(const struct settings *settings);

#endif
