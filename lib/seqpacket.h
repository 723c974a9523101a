/* SPDX-License-Identifier: MIT */
/* seqpacket.h - packets of fixed size between two processes */
#ifndef LIB_SEQPACKET_H
#define LIB_SEQPACKET_H

#include <stddef.h>

int seqpacket_pair(int fds[2]);
int seqpacket_send(int fd, const void *packet, size_t size);
int seqpacket_receive(int fd, void *packet, size_t size);
int seqpacket_pass(int fd, const void *packet, size_t size, int passed);
int seqpacket_take(int fd, void *packet, size_t size, int *passed, int flags);

#endif
