/* SPDX-License-Identifier: MIT */
/* environment.h - the variables that a template gets (tsp-template(7)) */
#ifndef TUNNEL_ENVIRONMENT_H
#define TUNNEL_ENVIRONMENT_H

#include "tunnel/template.h"
#include "tunnel/tunnel.h"

#define ENVIRONMENT_MAX   32
#define ENVIRONMENT_SPACE 2048

/**
 * struct environment - a template's environment, in fixed memory; starts as {0}
 * @list:	The variables, as execve() takes them
 * @count:	Their number
 * @space:	Their text
 * @used:	Bytes of @space in use
 * @left_out:	The first variable that did not fit; NULL: all are there
 */
struct environment {
	char *list[ENVIRONMENT_MAX + 1];
	size_t count;
	char space[ENVIRONMENT_SPACE];
	size_t used;
	const char *left_out;
};

const char *environment_operation(enum template_operation operation);
void environment_add(struct environment *env, const char *name, const char *value);
void environment_tunnel(struct environment *env, const struct tunnel *t);
int environment_one(struct environment *env, const struct config *config,
		    enum template_operation operation, const struct tunnel *t);
int environment_many(struct environment *env, const struct config *config,
		     enum template_operation operation);
int environment_list(struct environment *env, const struct config *config, bool counters);
int environment_check(const struct environment *env);

#endif
