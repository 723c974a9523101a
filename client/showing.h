/* SPDX-License-Identifier: MIT */
/* showing.h - the state that systemd and "tspc status" show */
#ifndef CLIENT_SHOWING_H
#define CLIENT_SHOWING_H

#include <stdbool.h>

#include "client/settings.h"

struct uplink;

/** enum showing_state - what tspc is doing */
enum showing_state {
	SHOWING_CONNECTING, /* talks to a server */
	SHOWING_UP,
	SHOWING_WAITING, /* for the next try */
	SHOWING_OFFLINE, /* for a route to the server */
	SHOWING_STOPPING,
	SHOWING_STATES,
};

void showing(const struct settings *settings, enum showing_state state, const char *why);
void showing_up(const struct uplink *u);
void showing_end(const struct settings *settings);
int showing_print(const char *settings_path, bool json);

#endif
