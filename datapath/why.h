/* SPDX-License-Identifier: MIT */
/* why.h - the kernel's or libbpf's reason for a failure */
#ifndef DATAPATH_WHY_H
#define DATAPATH_WHY_H

void why_listen(void);
void why_clear(void);
int why_failed(const char *what);

#endif
