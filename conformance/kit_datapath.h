/* SPDX-License-Identifier: MIT */
/* kit_datapath.h - a data path of the private network, for a template that needs one */
#ifndef CONFORMANCE_KIT_DATAPATH_H
#define CONFORMANCE_KIT_DATAPATH_H

#include "lib/config.h"

int kit_datapath_start(const struct config *config);

#endif
