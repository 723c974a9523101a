/* SPDX-License-Identifier: MIT */
/* test_lease_line.c - lease lines: written, read, damaged */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "alloc/line.h"
#include "tests/unit/alloc/lease_fixture.h"

/** refused() - why a line is damaged; fails when it is not */
static const char *refused(const char line[LINE_LEN], uint32_t number)
{
	const char *why = NULL;
	struct lease l;

	errno = 0;
	assert_int_equal(lease_decode(line, number, &l, &why), -1);
	assert_int_equal(errno, EBADMSG);
	assert_non_null(why);
	return why;
}

/** sealed_with() - why an honest line with @text put at @at and sealed again is damaged */
static const char *sealed_with(const struct lease *lease, size_t at, const char *text)
{
	char line[LINE_LEN];

	assert_int_equal(lease_encode(lease, line), 0);
	memcpy(line + at, text, strlen(text));
	line_seal(line);
	return refused(line, lease->number);
}

static void a_line_looks_like_this(void **state)
{
	static const char text[] =
		"00004711 offered  alice@example.net                                     "
		"           192.0.2.7             v6v4    56  2026-11-23T14:45:30Z "
		"2026-11-23T14:46:30Z -                    192.0.2.1       maybe 65535 "
		"123456789abcdef0 " KEY " | "
		"present  198.51.100.200:40000  v6udpv4 -   2026-11-23T12:45:30Z "
		"2026-11-24T12:45:30Z 2026-11-23T14:45:00Z -               none  0     "
		"0000000000000001 -                                            -         "
		"               | ";
	struct lease l = offered();
	char line[LINE_LEN];

	(void)state;
	assert_int_equal(sizeof(text) - 1, LINE_SUM_AT);
	assert_int_equal(lease_encode(&l, line), 0);
	assert_memory_equal(line, text, LINE_SUM_AT);
	assert_int_equal(line[LINE_LEN - 1], '\n');
}

static void what_is_written_is_read(void **state)
{
	static const char *const owners[] = {
		"a",
		"0",
		"192.0.2.7",
		"192.0.2.7:40000",
		"255.255.255.255:65535",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct lease l, again;
	char line[LINE_LEN];
	const char *why;
	size_t i;
	int s;

	(void)state;
	for (s = LEASE_FREE; s < LEASE_STATES; s++) {
		for (i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
			l = s == LEASE_OFFERED ? offered() : active();
			l.state = (enum lease_state)s;
			l.number = i ? 99999999 : 1;
			memset(l.owner, 0, sizeof(l.owner));
			strcpy(l.owner, owners[i]);
			if (s == LEASE_FREE)
				l = (struct lease){.number = l.number};
			assert_int_equal(lease_encode(&l, line), 0);
			assert_int_equal(lease_decode(line, l.number, &again, &why), 0);
			assert_memory_equal(&l, &again, sizeof(l));
		}
	}
}

static void damage_at_every_byte_is_seen(void **state)
{
	struct lease l = offered();
	char line[LINE_LEN];
	int i, bit;

	(void)state;
	assert_int_equal(lease_encode(&l, line), 0);
	for (i = 0; i < LINE_LEN; i++) {
		for (bit = 0; bit < 8; bit++) {
			line[i] = (char)(line[i] ^ 1 << bit);
			refused(line, l.number);
			line[i] = (char)(line[i] ^ 1 << bit);
		}
	}
	memset(line, 0, sizeof(line));
	refused(line, l.number);
	memset(line, ' ', sizeof(line));
	refused(line, l.number);
}

static void a_write_torn_at_any_byte_is_seen(void **state)
{
	struct lease a = active(), b = offered(), read;
	char old[LINE_LEN], new[LINE_LEN], line[LINE_LEN];
	const char *why;
	size_t i;

	(void)state;
	assert_int_equal(lease_encode(&a, old), 0);
	assert_int_equal(lease_encode(&b, new), 0);
	for (i = 0; i <= LINE_LEN; i++) {
		memcpy(line, old, LINE_LEN);
		memcpy(line, new, i);
		if (!lease_decode(line, a.number, &read, &why))
			assert_true(!memcmp(line, old, LINE_LEN) ||
				    !memcmp(line, new, LINE_LEN));
	}
}

/* whatever has a good checksum is refused, or is just what lease_encode() writes */
static void nothing_reads_but_what_can_be_written(void **state)
{
	struct lease l = offered(), read;
	char line[LINE_LEN], changed[LINE_LEN], again[LINE_LEN];
	const char *why;
	int i, c, good = 0;

	(void)state;
	assert_int_equal(lease_encode(&l, line), 0);
	for (i = 0; i < LINE_SUM_AT; i++) {
		for (c = 0; c < 256; c++) {
			memcpy(changed, line, LINE_LEN);
			changed[i] = (char)c;
			line_seal(changed);
			if (lease_decode(changed, l.number, &read, &why))
				continue;
			assert_int_equal(lease_encode(&read, again), 0);
			assert_memory_equal(changed, again, LINE_LEN);
			good++;
		}
	}
	assert_true(good > LINE_SUM_AT); /* not everything was refused, either */
}

/* found by fuzz_lease: an empty column was read as one that says "-" */
static void no_column_is_empty(void **state)
{
	struct lease unused = {.number = 1};

	(void)state;
	assert_string_equal(sealed_with(&unused, 18, " "),
			    "a column does not hold exactly one word");
}

/* texts at places of a sound line, and the damage that each of them makes */
static const struct damage {
	enum { OFFERED, ACTIVE, UNUSED } lease;
	size_t at;
	const char *text, *why;
} damages[] = {
	{OFFERED, 0, "4711    ", "number is not this line's"},
	{OFFERED, 8, "x", "text between the columns"},
	{OFFERED, 270, "-", "text between the columns"},
	{OFFERED, 20, " ", "a column does not hold exactly one word"},
	{OFFERED, 20, "\n", "a column does not hold exactly one word"},
	{OFFERED, 9, "expires", "unknown state"},
	{OFFERED, 9, "present", "only an offer has a tunnel before it"},
	{OFFERED, 18, "-", "owner is neither a user id nor an endpoint"},
	{OFFERED, 18, "a/b", "owner is neither a user id nor an endpoint"},
	{OFFERED, 18,
	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	 "aaaaaaaaaaaaaaaa",
	 "owner is too long"},
	{OFFERED, 18, "192.0.2.7:007       ", "owner is an endpoint in another spelling"},
	{OFFERED, 83, "192.0.2.300", "invalid endpoint"},
	{OFFERED, 83, "192.0.2.7:0", "invalid endpoint"},
	{OFFERED, 83, "192.0.2.7:9", "port and mode contradict each other"},
	{OFFERED, 105, "v4v6", "unknown mode"},
	{OFFERED, 105, "-   ", "part of a tunnel without its mode"},
	{OFFERED, 113, "65", "invalid prefix length"},
	{OFFERED, 113, "056", "invalid prefix length"},
	{OFFERED, 113, "0 ", "invalid prefix length"},
	{OFFERED, 122, "02-30", "invalid time"},
	{OFFERED, 347, "24", "invalid time"},
	{OFFERED, 357, "1970-01-01T00:00:00Z", "invalid time"},
	{OFFERED, 180, "0.0.0.0  ", "invalid server address"},
	{OFFERED, 180, "192.0.2  ", "invalid server address"},
	{OFFERED, 196, "some ", "neither none nor maybe"},
	{OFFERED, 202, "65536", "invalid slot"},
	{OFFERED, 202, "007  ", "invalid slot"},
	{OFFERED, 208, "0000000000000000", "invalid secret"},
	{OFFERED, 208, "A", "invalid secret"},
	{OFFERED, 225, "-bCd", "invalid key"},
	{OFFERED, 225 + 43, "A", "invalid key"},
	{OFFERED, 225 + 43, " ", "invalid key"},
	{OFFERED, 272, "-      ", "a tunnel without its state"},
	{OFFERED, 272, "free   ", "unknown state"},
	{OFFERED, 272, "offered", "the tunnel before an offer is not accepted"},
	{ACTIVE, 272, "present", "a tunnel without its state"},
	{OFFERED, 468, "x", "invalid rival"},
	{OFFERED, 468, "*", "invalid rival"},
	{OFFERED, 468, "192.0.2.1**", "invalid rival"},
	{OFFERED, 468, "0.0.0.0", "invalid rival"},
	{OFFERED, 468, "192.0.2.111.192.0.2.111", "invalid rival"},
	{ACTIVE, 9, "free   ", "a free lease has an owner or a tunnel"},
	{UNUSED, 9, "expired", "owner is neither a user id nor an endpoint"},
	{UNUSED, 9, "expired  bob", "a tunnel is missing"},
};

static void every_damage_has_a_text(void **state)
{
	const struct lease leases[] = {
		[OFFERED] = offered(), [ACTIVE] = active(), [UNUSED] = {.number = 1}};
	const struct damage *d;

	(void)state;
	for (d = damages; d < damages + sizeof(damages) / sizeof(*d); d++)
		assert_string_equal(sealed_with(&leases[d->lease], d->at, d->text),
				    d->why);
}

static void an_unsealed_line_is_damaged(void **state)
{
	struct lease l = offered();
	char line[LINE_LEN];

	(void)state;
	assert_int_equal(lease_encode(&l, line), 0);
	assert_string_equal(refused(line, 4712), "number is not this line's");
	line[20] = 'x';
	assert_string_equal(refused(line, 4711), "checksum does not match");
}

static void assert_not_encoded(const struct lease *lease)
{
	char line[LINE_LEN];

	errno = 0;
	assert_int_equal(lease_encode(lease, line), -1);
	assert_int_equal(errno, EINVAL);
}

static void contradictions_are_not_written(void **state)
{
	static const char *const owners[] = {"",        "-", " ",  "a b",         "a\nb",
					     "a|b",     "ä", "-x", "192.0.2.7:0", ":1",
					     "a\x1b[0m"};
	struct lease l;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		l = active();
		strcpy(l.owner, owners[i]);
		assert_not_encoded(&l);
	}
	l = active();
	memset(l.owner, 'a', sizeof(l.owner)); /* not even terminated */
	assert_not_encoded(&l);
	l = active();
	l.number = 0;
	assert_not_encoded(&l);
	l.number = 100000000;
	assert_not_encoded(&l);
	l = active();
	l.state = LEASE_STATES;
	assert_not_encoded(&l);
	l = active();
	l.tunnel.mode = TUNNEL_BUILT;
	assert_not_encoded(&l);
	l.tunnel.mode = TUNNEL_NONE;
	assert_not_encoded(&l);
	l.tunnel.mode = TUNNEL_V6UDPV4; /* without a port */
	assert_not_encoded(&l);
	l = active();
	l.tunnel.prefix_len = 65;
	assert_not_encoded(&l);
	l = offered();
	l.before.endpoint.port = 0;
	assert_not_encoded(&l);
	l = offered();
	l.before_state = LEASE_FREE;
	assert_not_encoded(&l);
	l.before_state = LEASE_EXPIRED;
	assert_not_encoded(&l);
	l = active();
	memset(l.tunnel.key, 'A', sizeof(l.tunnel.key)); /* not even terminated */
	assert_not_encoded(&l);
	l = offered();
	l.state = LEASE_EXPIRED;
	assert_not_encoded(&l);
	l = active();
	l.state = LEASE_FREE;
	assert_not_encoded(&l);
}

static void times_stay_writable(void **state)
{
	struct lease l = active(), again;
	char line[LINE_LEN];
	const char *why;

	(void)state;
	l.tunnel.granted = -5;
	l.tunnel.expires = (time_t)1 << 50;
	assert_int_equal(lease_encode(&l, line), 0);
	assert_int_equal(lease_decode(line, l.number, &again, &why), 0);
	assert_int_equal(again.tunnel.granted, 0);
	assert_int_equal(again.tunnel.expires, 253402300799);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_looks_like_this),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(damage_at_every_byte_is_seen),
		cmocka_unit_test(a_write_torn_at_any_byte_is_seen),
		cmocka_unit_test(nothing_reads_but_what_can_be_written),
		cmocka_unit_test(no_column_is_empty),
		cmocka_unit_test(every_damage_has_a_text),
		cmocka_unit_test(an_unsealed_line_is_damaged),
		cmocka_unit_test(contradictions_are_not_written),
		cmocka_unit_test(times_stay_writable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
