/* SPDX-License-Identifier: MIT */
/* proof.h - leases that a first packet makes good */
#ifndef CTL_PROOF_H
#define CTL_PROOF_H

#include "ctl/files.h"

int proof_extend(struct ctl *ctl, struct files *f, unsigned jobs);

#endif
