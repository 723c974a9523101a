/* SPDX-License-Identifier: MIT */
/* password.h - read a password from the terminal or from standard input */
#ifndef CTL_UI_PASSWORD_H
#define CTL_UI_PASSWORD_H

#include <stddef.h>

#define PASSWORD_MAX 255 /* bytes */

int password_read(char out[PASSWORD_MAX + 1]);

#endif
