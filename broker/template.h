/* SPDX-License-Identifier: MIT */
/* template.h - run the operator's shell script that builds tunnels (tsp-template(7)) */
#ifndef BROKER_TEMPLATE_H
#define BROKER_TEMPLATE_H

#include "broker/tunnel.h"
#include "lib/buf.h"

enum template_operation { TEMPLATE_CREATION, TEMPLATE_TEARDOWN, TEMPLATE_INFO };

int template_run(const struct config *config, enum template_operation operation,
		 const struct tunnel *tunnel, struct buf *output);

#endif
