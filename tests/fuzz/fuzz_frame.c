/* SPDX-License-Identifier: MIT */
/*
 * fuzz_frame.c - the lines around the XML, and base64
 *
 * Input: one line as it comes from io_line(). Every decoder gets it; what a decoder
 * accepts, written out again the plain way, must be accepted and mean the same.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base64.h"
#include "lib/config.h"
#include "tests/fuzz/fuzz.h"
#include "tsp/frame.h"

#define CONTENT_MAX 8192

/** squeezed() - the line in upper case, without blanks */
static void squeezed(const char *line, size_t len, char *out, size_t size)
{
	size_t i, n = 0;

	for (i = 0; i < len && n + 1 < size; i++) {
		if (line[i] != ' ' && line[i] != '\t')
			out[n++] = (char)toupper((unsigned char)line[i]);
	}
	out[n] = '\0';
}

static void check_version(const char *line, size_t len)
{
	char plain[16];

	if (frame_version(line, len))
		return;
	squeezed(line, len, plain, sizeof(plain));
	CHECK(!strcmp(plain, "VERSION=2.0.0") || !strcmp(plain, "VERSION=2.0.1") ||
	      !strcmp(plain, "VERSION=2.0.2"));
}

static void check_authenticate(const char *line, size_t len)
{
	struct frame_authenticate a = {0}, again = {0};
	char plain[64];
	int n;

	if (frame_authenticate(line, len, &a))
		return;
	CHECK(!a.mechanism || mechanism_name(a.mechanism));
	CHECK(a.initial >= line && a.initial + a.initial_len <= line + len);
	CHECK(!a.initial_len || !memchr(" \t", a.initial[0], 2));
	CHECK(!a.initial_len || !memchr(" \t", a.initial[a.initial_len - 1], 2));
	if (!a.mechanism)
		return;
	n = snprintf(plain, sizeof(plain), "AUTHENTICATE %s",
		     mechanism_name(a.mechanism));
	CHECK(!frame_authenticate(plain, (size_t)n, &again));
	CHECK(again.mechanism == a.mechanism && !again.initial_len);
}

/** same_sasl() - both messages hold the same bytes */
static bool same_sasl(const struct ipc_sasl *a, const struct ipc_sasl *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

/** check_base64() - one spelling only: encoding gives back the line, but for blanks around it */
static void check_base64(const char *line, size_t len)
{
	char text[IPC_SASL_MAX / 3 * 4 + 8];
	struct buf out = BUF_ON(text);
	struct ipc_sasl sasl = {0};

	if (frame_base64(line, len, &sasl))
		return;
	CHECK(sasl.len <= IPC_SASL_MAX);
	buf_clear(&out);
	base64_encode(&out, sasl.data, sasl.len);
	CHECK(!out.full);
	for (; len && (*line == ' ' || *line == '\t'); len--)
		line++;
	CHECK(out.len <= len && !memcmp(line, text, out.len));
	for (; len > out.len; len--)
		CHECK(line[len - 1] == ' ' || line[len - 1] == '\t');
}

static void check_plain(const char *line, size_t len)
{
	char text[IPC_SASL_MAX / 3 * 4 + 8];
	struct buf out = BUF_ON(text);
	struct ipc_sasl sasl = {0}, again = {0};
	size_t i, nuls = 0;

	if (frame_plain(line, len, &sasl))
		return;
	CHECK(sasl.len <= IPC_SASL_MAX);
	for (i = 0; i < sasl.len; i++)
		nuls += !sasl.data[i];
	CHECK(nuls == 2);

	CHECK(!frame_plain((const char *)sasl.data, sasl.len, &again));
	CHECK(same_sasl(&sasl, &again));
	buf_clear(&out);
	base64_encode(&out, sasl.data, sasl.len);
	CHECK(!frame_plain(text, out.len, &again));
	CHECK(same_sasl(&sasl, &again));
}

static void check_content_length(const char *line, size_t len)
{
	uint32_t n = UINT32_MAX, again = 0;
	char plain[64];

	if (frame_content_length(line, len, CONTENT_MAX, &n)) {
		CHECK(n == UINT32_MAX);
		return;
	}
	CHECK(n >= 1 && n <= CONTENT_MAX);
	snprintf(plain, sizeof(plain), "Content-length: %u", n);
	CHECK(!frame_content_length(plain, strlen(plain), CONTENT_MAX, &again));
	CHECK(again == n);
}

/** check_any_bytes() - every message can be sent in base64, and comes back as it was */
static void check_any_bytes(const uint8_t *data, size_t len)
{
	uint8_t back[IPC_SASL_MAX];
	char text[IPC_SASL_MAX / 3 * 4 + 8];
	struct buf out = BUF_ON(text);
	size_t n;

	if (len > sizeof(back))
		return;
	buf_clear(&out);
	base64_encode(&out, data, len);
	CHECK(!out.full && out.len == (len + 2) / 3 * 4);
	CHECK(!base64_decode(text, out.len, back, len, &n));
	CHECK(n == len && (!len || !memcmp(back, data, len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = fuzz_copy((struct fuzz_span){data, size}, 0), *rest = line;
	size_t len = size;

	check_version(line, size);
	check_authenticate(line, size);
	check_base64(line, size);
	check_plain(line, size);
	check_content_length(line, size);
	check_any_bytes(data, size);

	frame_skip_nuls(&rest, &len);
	CHECK(rest + len == line + size && (!len || *rest));
	for (len = 0; len < size && (line[len] == ' ' || line[len] == '\t'); len++)
		;
	CHECK(frame_is_blank(line, size) == (len == size));
	free(line);
	return 0;
}
