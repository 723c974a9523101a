/* SPDX-License-Identifier: MIT */
/* lines.h - read the output of another program, line by line */
#ifndef UPKEEP_LINES_H
#define UPKEEP_LINES_H

/** typedef lines_visitor() - called for each line, without its end; other than 0 ends it */
typedef int lines_visitor(void *context, char *line);

int lines_each(const char *const argv[], lines_visitor *visit, void *context);

#endif
