/* SPDX-License-Identifier: MIT */
/* why.h - the reason that libbpf or the kernel gives for a refusal */
#ifndef DATAPATH_WHY_H
#define DATAPATH_WHY_H

void why_listen(void);
void why_clear(void);
int why_failed(const char *what);

#endif
