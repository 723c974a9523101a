/* SPDX-License-Identifier: MIT */
/* library.h - libgsasl, loaded when a login needs it */
#ifndef AUTH_LIBRARY_H
#define AUTH_LIBRARY_H

#include <gsasl.h>

/* The functions of libgsasl in use here, by their names behind "gsasl_" */
/* clang-format off */
#define LIBRARY_FUNCTIONS(DO) \
	DO(init) DO(done) DO(callback_set) DO(server_start) DO(client_start) DO(step) \
	DO(finish) DO(free) DO(nonce) DO(property_fast) DO(property_set) \
	DO(session_hook_get) DO(session_hook_set) DO(strerror)
/* clang-format on */

/* NOLINTNEXTLINE(bugprone-macro-parentheses): it declares a name */
#define LIBRARY_POINTER(name) typeof(gsasl_##name) *name;

/** struct library - the functions; set after library_load() */
struct library {
	LIBRARY_FUNCTIONS(LIBRARY_POINTER)
};

extern struct library gsasl;

int library_load(void);

#endif
