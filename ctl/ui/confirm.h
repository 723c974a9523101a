/* SPDX-License-Identifier: MIT */
/* confirm.h - ask before something is lost */
#ifndef CTL_UI_CONFIRM_H
#define CTL_UI_CONFIRM_H

#include <stdbool.h>

int confirm(bool yes, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
