/* SPDX-License-Identifier: MIT */
/*
 * template.c - run the operator's shell script that builds tunnels (tsp-template(7))
 *
 * environment.c makes the script's environment, script.c runs and watches it. Its output
 * goes to the log; when it failed, the last lines and an error.
 */
#include "tunnel/template.h"

#include <errno.h>
#include <string.h>

#include "lib/log.h"
#include "tunnel/environment.h"

/**
 * template_log_output() - log the last lines of a script's output
 * @priority:	LOG_DEBUG to LOG_ERR
 * @what:	Which run; stands before each line
 * @text:	Output
 * @lines:	Lines at most
 */
void template_log_output(int priority, const char *what, const struct buf *text,
			 int lines)
{
	const char *end = text->data + text->len, *line;

	for (line = buf_tail(text, (size_t)lines); line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((stop ? stop : end) - line);

		if (len)
			log_msg(priority, "template, %s: %.*s", what, (int)len, line);
		line += len + 1;
	}
}

/** fields_of() - journal fields of a tunnel; they point into @t */
static struct log_fields fields_of(const struct tunnel *t)
{
	return (struct log_fields){.user = *t->user ? t->user : NULL,
				   .pool = pool_name(t->pool),
				   .lease = t->number};
}

/**
 * template_start() - start the template for one tunnel
 * @run:	Result; must not move in memory until template_end()
 * @config:	Configuration: template, template_seconds
 * @operation:	What the template is to do
 * @tunnel:	Tunnel; must stay valid
 * @output:	Result: its output, or the end of it; NULL: only to the log
 *
 * Return: 0: script_advance() tells when it is over; -1 with errno, logged
 */
int template_start(struct template_run *run, const struct config *config,
		   enum template_operation operation, const struct tunnel *tunnel,
		   struct buf *output)
{
	struct log_fields fields = fields_of(tunnel);
	struct environment env = {.count = 0};
	unsigned seconds = config->template_seconds;

	/* A teardown that is killed leaves a tunnel that nobody may have */
	if (operation == TEMPLATE_TEARDOWN)
		seconds *= TEMPLATE_TEARDOWN_TIMES;
	run->config = config;
	run->operation = operation;
	run->tunnel = tunnel;
	run->log_output = !output;
	run->text = BUF_ON(run->own);
	if (!environment_one(&env, config, operation, tunnel) &&
	    !script_start(&run->script, config->template, env.list, seconds, -1,
			  output ? output : &run->text))
		return 0;
	log_event(EVENT_TEMPLATE_FAILED, LOG_ERR, &fields, "%s: cannot be started: %m",
		  config->template);
	return -1;
}

/**
 * template_end() - collect the end of a template that is over
 * @run:	From template_start()
 *
 * A TEMPLATE_INFO that fails says that there is no tunnel: nothing is logged then.
 *
 * Return: 0 when it exited with 0; else -1, logged, with errno: EIO when it failed, hung or
 * printed too much, that of execve() when it never ran
 */
int template_end(struct template_run *run)
{
	struct log_fields fields = fields_of(run->tunnel);
	struct script *script = &run->script;

	int error;

	if (!script_end(script)) {
		if (run->log_output)
			template_log_output(LOG_DEBUG, run->tunnel->interface,
					    script->text, TEMPLATE_ALL_LINES);
		return 0;
	}
	error = errno;
	if (run->operation != TEMPLATE_INFO) {
		log_event(EVENT_TEMPLATE_FAILED, LOG_ERR, &fields, "%s: %s for %s %s",
			  run->config->template, environment_operation(run->operation),
			  run->tunnel->interface, script->fault);
		template_log_output(LOG_ERR, run->tunnel->interface, script->text,
				    TEMPLATE_TAIL_LINES);
	}
	errno = error;
	return -1;
}

/**
 * template_finish() - wait until a template is over, and collect its end
 * @run:	From template_start()
 *
 * Return: as template_end()
 */
int template_finish(struct template_run *run)
{
	script_wait_over(&run->script);
	return template_end(run);
}

/**
 * template_run() - run the template for one tunnel and wait for it
 *
 * Arguments and result are those of template_start() and template_end().
 */
int template_run(const struct config *config, enum template_operation operation,
		 const struct tunnel *tunnel, struct buf *output)
{
	struct template_run run;

	if (template_start(&run, config, operation, tunnel, output))
		return -1;
	return template_finish(&run);
}
