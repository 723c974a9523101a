/* SPDX-License-Identifier: MIT */
/* password.h - ask for a password, on the terminal or on standard input */
#ifndef CTL_UI_PASSWORD_H
#define CTL_UI_PASSWORD_H

#include <stddef.h>

#define PASSWORD_MAX 255 /* bytes */

int password_read(char out[PASSWORD_MAX + 1]);

#endif
