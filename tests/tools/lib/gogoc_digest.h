/* SPDX-License-Identifier: MIT */
/* gogoc_digest.h - a DIGEST-MD5 response in the field order and form of gogoc 1.2 */
#ifndef TESTS_TOOLS_LIB_GOGOC_DIGEST_H
#define TESTS_TOOLS_LIB_GOGOC_DIGEST_H

#include <stddef.h>

#define GOGOC_DIGEST_HEX_LEN  33 /* 32 hexadecimal digits and NUL */
#define GOGOC_DIGEST_LINE_MAX 2048

/** struct gogoc_digest_login - who logs in where; @charset NULL: the challenge's, echoed */
struct gogoc_digest_login {
	const char *user;
	const char *password;
	const char *uri;
	const char *charset;
};

int gogoc_digest_answer(const struct gogoc_digest_login *login,
			const char *challenge_line,
			char response_line[GOGOC_DIGEST_LINE_MAX],
			char rspauth_line[GOGOC_DIGEST_LINE_MAX]);

#endif
