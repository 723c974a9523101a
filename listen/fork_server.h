/* SPDX-License-Identifier: MIT */
/* fork_server.h - a process that forks for each client */
#ifndef LISTEN_FORK_SERVER_H
#define LISTEN_FORK_SERVER_H

#include "lib/peer.h"

int fork_server_next(void);
int fork_server_client(int pair, struct peer *client, int *connection);

#endif
