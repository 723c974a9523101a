/* SPDX-License-Identifier: MIT */
/*
 * suggest.c - the word that a mistyped one was meant to be
 *
 * A word is near if few edits lead to it: a letter inserted, removed or replaced, or two
 * neighbours exchanged (Damerau-Levenshtein distance, each place edited once). One edit is
 * allowed for each three letters, so that a short word is not taken for any other. The
 * beginning of a word is near as well.
 */
#include "lib/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 31 /* longer words are not compared */
#define BEGIN    3  /* letters that are enough as the beginning of a word */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/** distance() - edits between two words of at most WORD_MAX letters, in any case */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t d[WORD_MAX + 1][WORD_MAX + 1], i, j;

	for (j = 0; j <= b_len; j++)
		d[0][j] = j;
	for (i = 1; i <= a_len; i++) {
		d[i][0] = i;
		for (j = 1; j <= b_len; j++) {
			bool same = same_letter(a[i - 1], b[j - 1]);

			d[i][j] = least(d[i - 1][j - 1] + !same,
					least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
			    same_letter(a[i - 2], b[j - 1]))
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[a_len][b_len];
}

/**
 * suggest_begin() - begin a search
 * @s:		Search
 * @typed:	Mistyped word, need not be NUL-terminated; must stay valid
 * @len:	Its length in bytes
 */
void suggest_begin(struct suggest *s, const char *typed, size_t len)
{
	*s = (struct suggest){.typed = typed, .len = len};
}

/** suggest_offer() - a word that may have been meant; it must stay valid */
void suggest_offer(struct suggest *s, const char *word)
{
	size_t len = strlen(word), near;

	if (s->len > WORD_MAX || len > WORD_MAX || !s->len)
		return;
	if (s->len >= BEGIN && s->len < len && !strncasecmp(s->typed, word, s->len))
		near = 1;
	else
		near = distance(s->typed, s->len, word, len);
	if (near > (s->len + 2) / 3 || near >= len || (s->best && near >= s->distance))
		return;
	s->best = word;
	s->distance = near;
}

/**
 * suggest_text() - the result as a question behind a message
 * @s:		Search
 * @dashes:	Text before the word: "--", or nothing
 * @out:	Memory for the result
 *
 * Return: ", did you mean 'list'?", or an empty text
 */
const char *suggest_text(const struct suggest *s, const char *dashes,
			 char out[SUGGEST_TEXT])
{
	if (!s->best)
		return "";
	snprintf(out, SUGGEST_TEXT, ", did you mean '%s%s'?", dashes, s->best);
	return out;
}
