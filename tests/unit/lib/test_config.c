/* SPDX-License-Identifier: MIT */
/* test_config.c - tsp.conf: defaults, values, and every mistake with its place */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/config.h"

static char path[64], said[8192];
static struct config config;

#define POOLS  "[pool anonymous]\nlink = 2001:db8:a::/64\n"
#define SERVER "[server]\ntemplate = /bin/true\n"

/** load_file() - load the file; what was logged is in said[] */
static int load_file(void)
{
	int out = dup(STDERR_FILENO), result, saved;
	FILE *log = tmpfile();
	size_t n;

	assert_non_null(log);
	dup2(fileno(log), STDERR_FILENO);
	result = config_load(path, &config);
	saved = errno;
	dup2(out, STDERR_FILENO);
	close(out);
	rewind(log);
	n = fread(said, 1, sizeof(said) - 1, log);
	said[n] = '\0';
	fclose(log);
	errno = saved;
	return result;
}

/** load() - write a file and load it */
static int load(const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	return load_file();
}

/** finds() - the file is refused, and the mistake is reported at @line in these words */
static void finds(const char *text, unsigned line, const char *words)
{
	char expected[512];

	snprintf(expected, sizeof(expected), "%s:%u: %s", path, line, words);
	assert_int_equal(load(text), -1);
	assert_int_equal(errno, EINVAL);
	if (!strstr(said, expected))
		fail_msg("expected '%s', got '%s'", expected, said);
}

static void defaults_hold_when_keys_are_absent(void **state)
{
	(void)state;
	setenv("STATE_DIRECTORY", "/var/lib/one:/var/lib/two", 1);
	assert_int_equal(load(SERVER POOLS), 0);
	assert_string_equal(said, "");
	assert_string_equal(config.user, "tsp");
	assert_int_equal(config.lifetime_minutes, 1440);
	assert_int_equal(config.keepalive_seconds, 30);
	assert_string_equal(config.state, "/var/lib/one");
	assert_string_equal(config.device, "tsp0");
	assert_int_equal(config.uplink_count, 0);
	assert_string_equal(config.realm, "tsp");
	assert_int_equal(config.mechanisms, MECHANISM_ANONYMOUS);
	assert_int_equal(config.anonymous_pool.capacity, 65536);
	assert_int_equal(config.request_bytes, 8192);
	assert_int_equal(config.conflict, CONFLICT_REFUSE);
	unsetenv("STATE_DIRECTORY");
	assert_int_equal(load(SERVER POOLS), 0);
	assert_string_equal(config.state, "/var/lib/tsp");
}

static void every_key_is_taken(void **state)
{
	(void)state;
	assert_int_equal(
		load("; a comment\n"
		     "[server]\nuser = nobody\naddress = 192.0.2.1 ; inline\nlifetime = "
		     "60\n"
		     "keepalive = 0\ndns = 2001:db8::53 2001:db8::54\ndomain = "
		     "tsp.example.net\n"
		     "template = /etc/tsp/templates/sit.sh\naccept = 10.0.0.0/8\n"
		     "accept = 192.168.0.0/16\nstatic_nat = yes\n"
		     "stale_address = yes\nproxy = yes\nconflict = replace\n"
		     "redirect = ts2.example.net 192.0.2.9 2001:db8::9\nstate = "
		     "/tmp/s\nwritable = /run/a /run/b\ndevice = tun_of-14chars\n"
		     "uplink = wan0 enp0s31f6.4094\nuplink = x\n"
		     "[auth]\nmechanisms = PLAIN digest-md5\nusers = /tmp/users\nrealm = "
		     "r\n"
		     "[pool users]\nlink = 2001:db8:ffff::/64\nprefix = "
		     "2001:db8:1000::/36\n"
		     "delegate = 56\ncapacity = 1000\n" POOLS "capacity = 12\n"
		     "[limits]\nlogin_seconds = 1\nlogin_delay = 0\nsession_seconds = "
		     "2\ntemplate_seconds "
		     "= 3\n"
		     "request_bytes = 4096\nper_address = 1\n"),
		0);
	assert_string_equal(said, "");
	assert_int_equal(config.dns_count, 2);
	assert_int_equal(config.accept_count, 2);
	assert_int_equal(config.redirect_count, 3);
	assert_int_equal(config.writable_count, 2);
	assert_string_equal(config.device, "tun_of-14chars");
	assert_int_equal(config.uplink_count, 3);
	assert_string_equal(config.uplink[1], "enp0s31f6.4094");
	assert_true(config.static_nat);
	assert_true(config.stale_address);
	assert_true(config.proxy);
	assert_int_equal(config.mechanisms, MECHANISM_PLAIN | MECHANISM_DIGEST_MD5);
	assert_int_equal(config.users_pool.capacity, 1000);
	assert_int_equal(config.users_pool.prefix.len, 36);
	assert_int_equal(config.anonymous_pool.capacity, 12);
	assert_int_equal(config.login_delay, 0);
	assert_int_equal(config.template_seconds, 3);
	assert_string_equal(config.realm, "r");
}

static void mistakes_are_named_with_their_place(void **state)
{
	(void)state;
	finds(SERVER "lifetme = 3\n" POOLS, 3,
	      "lifetme: unknown key in this section, value: '3', did you mean "
	      "'lifetime'?");
	finds(SERVER "lifetime = 0\n" POOLS, 3,
	      "lifetime: not a number from 1 to 525600: '0'");
	finds(SERVER "lifetime = 12h\n" POOLS, 3,
	      "lifetime: not a number from 1 to 525600: '12h'");
	finds(SERVER "lifetime =\n" POOLS, 3,
	      "lifetime: not a number from 1 to 525600: ''");
	finds(SERVER "user =\n" POOLS, 3, "user: empty: ''");
	finds(SERVER "user =; tsp\n" POOLS, 3,
	      "user: a comment needs a blank before it: '; tsp'");
	finds(SERVER "address = 1.2.3\n" POOLS, 3,
	      "address: not an IPv4 address: '1.2.3'");
	finds(SERVER "dns = 2001:db8::53 x\n" POOLS, 3,
	      "dns: not an IPv6 address: '2001:db8::53 x'");
	finds(SERVER "domain = -x\n" POOLS, 3, "domain: not a domain name: '-x'");
	finds("[server]\ntemplate = sit.sh\n" POOLS, 2,
	      "template: not an absolute path: 'sit.sh'");
	finds(SERVER "accept = 10.0.0.1/8\n" POOLS, 3, "accept: not an IPv4 range");
	finds(SERVER "static_nat = perhaps\n" POOLS, 3,
	      "static_nat: neither yes nor no: 'perhaps'");
	finds(SERVER "stale_address = perhaps\n" POOLS, 3,
	      "stale_address: neither yes nor no: 'perhaps'");
	finds(SERVER "proxy = maybe\n" POOLS, 3, "proxy: neither yes nor no: 'maybe'");
	finds(SERVER "writable = x\n" POOLS, 3, "writable: not an absolute path: 'x'");
	finds(SERVER "device = a/b\n" POOLS, 3, "device: not a device name");
	finds(SERVER "device = ..\n" POOLS, 3, "device: not a device name");
	finds(SERVER "device = fifteen_letters\n" POOLS, 3, "device: not a device name");
	finds(SERVER "uplink = wan0 sixteen__letters\n" POOLS, 3,
	      "uplink: not a device name");
	finds(SERVER "uplink = 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n" POOLS, 3,
	      "uplink: too many devices");
	finds(SERVER "conflict = fight\n" POOLS, 3,
	      "conflict: neither refuse nor replace: 'fight'");
	finds(SERVER "redirect = a_b\n" POOLS, 3,
	      "redirect: not an address or a domain name: 'a_b'");
	finds(SERVER "template = /x\n" POOLS, 3, "template: given twice, now as: '/x'");
	finds(SERVER "[auth]\nrealm = a,b\n" POOLS, 4, "realm: a realm has no");
	finds(SERVER "[auth]\nmechanisms = LOGIN\n" POOLS, 4, "mechanisms: not among");
	finds(SERVER "[auth]\nmechanisms = PLAIN\n" POOLS, 4,
	      "mechanisms: section [pool users] is missing for: 'PLAIN'");
	finds(SERVER "[pools]\nlink = x\n" POOLS, 3, "section: unknown: 'pools'");
	finds(SERVER "[pool user]\nlink = x\n" POOLS, 3,
	      "section: unknown: 'pool user', did you mean 'pool users'?");
	finds(SERVER "[auth\n" POOLS, 3, "section: missing ']' after: '[auth");
	finds(SERVER "just words\n" POOLS, 3,
	      "syntax: neither a [section] nor a key = value: a comment begins with #");
	finds("user = x\n" SERVER POOLS, 1, "user: key before any section, value: 'x'");
	finds(SERVER POOLS "just words", 5,
	      "syntax: neither a [section] nor a key = value: a comment begins with #");
}

static void pools_must_be_possible(void **state)
{
	(void)state;
	finds(SERVER "[pool anonymous]\nlink = 2001:db8::/65\n", 4,
	      "link: prefix length is not from 1 to 64: '2001:db8::/65'");
	finds(SERVER "[pool anonymous]\nlink = 2001:db8::1/64\n", 4,
	      "link: not an IPv6 prefix ADDRESS/LENGTH with zeros behind it: "
	      "'2001:db8::1/64'");
	finds(SERVER "[pool users]\nlink = 2001:db8::/124\ncapacity = 8\n", 5,
	      "capacity: link and prefix hold no more than 7 leases: '8'");
	finds(SERVER "[pool users]\nlink = 2001:db8::/64\nprefix = 2001:db8:1000::/40\n"
		     "delegate = 56\ncapacity = 65536\n",
	      7, "capacity: link and prefix hold no more than 65535 leases: '65536'");
	finds(SERVER "[pool users]\nlink = 2001:db8::/64\nprefix = 2001:db8:1000::/40\n"
		     "delegate = 40\n",
	      6,
	      "delegate: not longer than prefix, a /40: shorten that, or lengthen this: "
	      "'40'");
	finds(SERVER "[pool users]\nlink = 2001:db8:a::/64\n" POOLS, 4,
	      "link: overlaps link of [pool anonymous], choose another range: "
	      "'2001:db8:a::/64'");
	assert_int_equal(load(SERVER), -1);
	assert_non_null(strstr(said, "pools: neither"));
	assert_int_equal(load("[server]\nuser = x\n" POOLS), -1);
	assert_non_null(strstr(said, "template: is missing in [server]"));
	assert_int_equal(load(SERVER "[pool users]\nlink = 2001:db8::/64\n"
				     "prefix = 2001:db8:1000::/40\n"),
			 0);
	assert_int_equal(config.users_pool.capacity, 65535);
}

static void all_mistakes_come_at_once(void **state)
{
	(void)state;
	finds(SERVER "lifetime = x\nkeepalive = y\nbogus\n" POOLS, 3, "lifetime");
	assert_non_null(strstr(said, ":4: keepalive"));
	assert_non_null(strstr(said, ":5: syntax"));
}

static void hostile_text_stays_one_line(void **state)
{
	(void)state;
	finds(SERVER "user\x1b[31m = x\n" POOLS, 3, "user\\x1b[31m: unknown key");
}

/** long_line() - @start, as many 'x' as make it @length characters, and a newline */
static const char *long_line(const char *start, size_t length)
{
	static char line[2048];

	memset(line, 'x', sizeof(line));
	memcpy(line, start, strlen(start));
	strcpy(line + length, "\n");
	return line;
}

/** lines_said() - how many messages there were */
static size_t lines_said(void)
{
	const char *at;
	size_t n = 0;

	for (at = strchr(said, '\n'); at; at = strchr(at + 1, '\n'))
		n++;
	return n;
}

/** after_long_line() - a line of @length is reported; those behind it are read as usual */
static void after_long_line(const char *start, size_t length)
{
	char text[4096];

	snprintf(text, sizeof(text), SERVER "%slifetime = nonsense\n" POOLS,
		 long_line(start, length));
	finds(text, 3, "syntax: line is longer than 198 characters");
	finds(text, 4, "lifetime: not a number from 1 to 525600: 'nonsense'");
	assert_int_equal(lines_said(), 2);
}

static void long_lines_are_a_mistake(void **state)
{
	size_t length;
	char text[4096];

	(void)state;
	for (length = 199; length <= 232; length++)
		after_long_line("state = /", length);
	after_long_line("state = /", 400);
	after_long_line("state = /", 2000);
	after_long_line("; ", 300);

	snprintf(text, sizeof(text), SERVER "%s" POOLS, long_line("state = /", 198));
	assert_int_equal(load(text), 0);
	assert_int_equal(strlen(config.state), 190);
	snprintf(text, sizeof(text), SERVER POOLS "%s", long_line("; ", 198));
	text[strlen(text) - 1] = '\0';
	assert_int_equal(load(text), 0);
}

static void a_nul_byte_is_a_mistake(void **state)
{
	static const char text[] = SERVER "\0user = x\nlifetime = nonsense\n" POOLS;
	FILE *f = fopen(path, "w");

	(void)state;
	assert_non_null(f);
	fwrite(text, 1, sizeof(text) - 1, f);
	fclose(f);
	assert_int_equal(load_file(), -1);
	assert_non_null(strstr(said, ":3: syntax: NUL byte\n"));
	assert_non_null(strstr(said, ":4: lifetime: not a number"));
	assert_int_equal(lines_said(), 2);
}

static void a_missing_file_is_said(void **state)
{
	(void)state;
	unlink(path);
	assert_int_equal(config_load("/nonexistent/tsp.conf", &config), -1);
	assert_int_equal(errno, ENOENT);
}

static void the_path_has_an_order(void **state)
{
	(void)state;
	unsetenv("TSP_CONFIG");
	assert_string_equal(config_path(NULL), CONFIG_DEFAULT_PATH);
	setenv("TSP_CONFIG", "/x", 1);
	assert_string_equal(config_path(NULL), "/x");
	assert_string_equal(config_path("/y"), "/y");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_hold_when_keys_are_absent),
		cmocka_unit_test(every_key_is_taken),
		cmocka_unit_test(mistakes_are_named_with_their_place),
		cmocka_unit_test(pools_must_be_possible),
		cmocka_unit_test(all_mistakes_come_at_once),
		cmocka_unit_test(hostile_text_stays_one_line),
		cmocka_unit_test(long_lines_are_a_mistake),
		cmocka_unit_test(a_nul_byte_is_a_mistake),
		cmocka_unit_test(a_missing_file_is_said),
		cmocka_unit_test(the_path_has_an_order),
	};
	int fd, failed;

	strcpy(path, "/tmp/test_config.XXXXXX");
	fd = mkstemp(path);
	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
