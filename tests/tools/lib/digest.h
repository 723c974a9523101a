/* SPDX-License-Identifier: MIT */
/* digest.h - a DIGEST-MD5 response in the field order and form of gogoc 1.2 */
#ifndef TESTS_TOOLS_LIB_DIGEST_H
#define TESTS_TOOLS_LIB_DIGEST_H

#include <stddef.h>

#define DIGEST_HEX_LEN  33 /* 32 hexadecimal digits and NUL */
#define DIGEST_LINE_MAX 2048

/** struct digest_login - who logs in where; @charset NULL: the challenge's, echoed */
struct digest_login {
	const char *user;
	const char *password;
	const char *uri;
	const char *charset;
};

int digest_answer(const struct digest_login *login, const char *challenge_line,
		  char response_line[DIGEST_LINE_MAX],
		  char rspauth_line[DIGEST_LINE_MAX]);

#endif
