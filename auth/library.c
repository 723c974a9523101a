/* SPDX-License-Identifier: MIT */
/*
 * library.c - libgsasl, loaded when a login needs it
 *
 * It brings four libraries more, which would take as long to load as a shell to start.
 * Most sessions are anonymous and need none of it.
 */
#include "auth/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "auth/sasl.h"
#include "lib/log.h"

#define SYMBOL(name) {"gsasl_" #name, &gsasl.name},

struct library gsasl;

/** library_load() - fill the table, once a process; 0, or -1 with ELIBACC, logged */
int library_load(void)
{
	static const struct {
		const char *name;
		void *where; /* a function pointer in the table */
	} functions[] = {LIBRARY_FUNCTIONS(SYMBOL)};
	static void *library;
	void *symbol;
	size_t i;

	if (library)
		return 0;
	library = dlopen(GSASL_SONAME, RTLD_NOW | RTLD_LOCAL);
	for (i = 0; library && i < sizeof(functions) / sizeof(functions[0]); i++) {
		symbol = dlsym(library, functions[i].name);
		if (!symbol) {
			dlclose(library);
			library = NULL;
			break;
		}
		memcpy(functions[i].where, &symbol, sizeof(symbol));
	}
	if (library)
		return 0;
	log_msg(LOG_ERR, "libgsasl: %s", dlerror());
	errno = ELIBACC;
	return -1;
}

/**
 * sasl_prepare() - load the library that logins need, in a process that serves many
 * @mechanisms:	Set of enum mechanism that clients may choose
 *
 * A failure is logged; each login then tries again.
 */
void sasl_prepare(unsigned mechanisms)
{
	if (mechanisms & ~(unsigned)MECHANISM_ANONYMOUS)
		library_load();
}
