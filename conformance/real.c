/* SPDX-License-Identifier: MIT */
/*
 * real.c - build the tunnels of a server's leases where it can do no harm
 *
 * The suite's tunnels are made up. Before a server moves to another template, the tunnels of
 * its own leases tell whether that template builds them, and as many as there are.
 */
#include "conformance/real.h"

#include "tunnel/modes.h"
#include "tunnel/template_batch.h"

/** build_each() - a run of the template for each tunnel; how many failed, each logged */
static size_t build_each(const struct config *config, const struct tunnel *tunnels,
			 size_t count)
{
	size_t i, failed = 0;

	for (i = 0; i < count; i++)
		failed += template_run(config, TEMPLATE_CREATION, &tunnels[i], NULL) != 0;
	return failed;
}

/**
 * real_build() - build tunnels, many in one run if the template can
 * @config:	Configuration, which names the template
 * @tunnels:	Tunnels
 * @count:	Their number
 *
 * Return: how many could not be built, each of them logged
 */
size_t real_build(const struct config *config, const struct tunnel *tunnels, size_t count)
{
	bool batch = modes_batch_declared(config->template);
	size_t at, n, failed = 0;

	for (at = 0; at < count; at += n) {
		n = count - at < TEMPLATE_BATCH_MAX ? count - at : TEMPLATE_BATCH_MAX;
		if (!batch ||
		    template_batch(config, TEMPLATE_BATCH, tunnels + at, n, NULL))
			failed += build_each(config, tunnels + at, n);
	}
	return failed;
}
