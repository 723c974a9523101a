/* SPDX-License-Identifier: MIT */
/* template_batch.h - run the template once for many tunnels (tsp-template(7)) */
#ifndef TUNNEL_TEMPLATE_BATCH_H
#define TUNNEL_TEMPLATE_BATCH_H

#include "tunnel/template.h"

#define TEMPLATE_BATCH_MAX 4096 /* tunnels of one run */

int template_batch_start(struct script *script, const struct config *config,
			 enum template_operation operation, const struct tunnel *tunnels,
			 size_t count, struct buf *output);
int template_batch(const struct config *config, enum template_operation operation,
		   const struct tunnel *tunnels, size_t count, struct buf *output);

#endif
