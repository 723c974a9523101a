/* SPDX-License-Identifier: MIT */
/* sandbox.h - restrict what each process may do, stage by stage */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stddef.h>

#include <stdbool.h>

#include "lib/config.h"

int sandbox_become_user(const char *user, bool net_admin);
int sandbox_broker(const struct config *config);
int sandbox_session(int broker);
int sandbox_session_server(void);
int sandbox_session_child(unsigned seconds);
int sandbox_broker_server(const struct config *config);
int sandbox_starter(void);
int sandbox_datagrams(void);
int sandbox_client(const char *const writable[], size_t count);
int sandbox_mover(void);
int sandbox_resolver(void);

#endif
