/* SPDX-License-Identifier: MIT */
/* syscalls.h - which system calls a process may make */
#ifndef SANDBOX_SYSCALLS_H
#define SANDBOX_SYSCALLS_H

int syscalls_session(void);
int syscalls_session_server(void);
int syscalls_session_child(void);
int syscalls_broker(void);
int syscalls_datagrams(void);
int syscalls_mover(void);

#endif
