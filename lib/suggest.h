/* SPDX-License-Identifier: MIT */
/* suggest.h - the word that a mistyped one was meant to be */
#ifndef LIB_SUGGEST_H
#define LIB_SUGGEST_H

#include <stddef.h>

#define SUGGEST_TEXT 64 /* of suggest_text(), with NUL */

/** struct suggest - a search for the word that was meant */
struct suggest {
	const char *typed;
	size_t len;
	const char *best; /* NULL: no word is near */
	size_t distance;  /* of @best */
};

void suggest_begin(struct suggest *s, const char *typed, size_t len);
void suggest_offer(struct suggest *s, const char *word);
const char *suggest_text(const struct suggest *s, const char *dashes,
			 char out[SUGGEST_TEXT]);

#endif
