/* SPDX-License-Identifier: MIT */
/* modes.h - read what a template declares */
#ifndef TUNNEL_MODES_H
#define TUNNEL_MODES_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/tunnel_type.h"

#define MODES_WORD 16 /* bytes of a declared word, with NUL */

bool modes_declared(const char *path, enum tunnel_type mode);
bool modes_batch_declared(const char *path);
bool modes_list_declared(const char *path);
bool modes_proof_declared(const char *path);
bool modes_datapath_declared(const char *path);
bool modes_net_admin_needed(const char *path);
bool modes_declares(const char *path, const char *mark, const char *word);
bool modes_word(const char *path, const char *mark, size_t number, char out[MODES_WORD]);

#endif
