/* SPDX-License-Identifier: MIT */
/* udp_socket.h - receive and send a datagram, with both its addresses */
#ifndef LISTEN_UDP_SOCKET_H
#define LISTEN_UDP_SOCKET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/endpoint.h"

int udp_socket_prepare(int fd, uint16_t *port, struct in_addr *address);
ssize_t udp_socket_receive(int fd, void *data, size_t size, struct endpoint *client,
			   struct in_addr *server);
int udp_socket_send(int fd, const void *header, size_t header_len, const void *data,
		    size_t len, const struct endpoint *client, struct in_addr server);

#endif
