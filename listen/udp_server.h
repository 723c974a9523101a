/* SPDX-License-Identifier: MIT */
/* udp_server.h - receive datagrams, send answers, pass messages to handlers */
#ifndef LISTEN_UDP_SERVER_H
#define LISTEN_UDP_SERVER_H

#include "listen/udp_service.h"

int udp_server_run(const struct udp_service *service);

#endif
