/* SPDX-License-Identifier: MIT */
/* modes.h - read what a template declares */
#ifndef TUNNEL_MODES_H
#define TUNNEL_MODES_H

#include <stdbool.h>

#include "lib/tunnel_type.h"

bool modes_declared(const char *path, enum tunnel_type mode);
bool modes_batch_declared(const char *path);
bool modes_list_declared(const char *path);
bool modes_proof_declared(const char *path);
bool modes_datapath_declared(const char *path);
bool modes_net_admin_needed(const char *path);
bool modes_declares(const char *path, const char *mark, const char *word);

#endif
