/* SPDX-License-Identifier: MIT */
/* lab.c - a directory with all that a handler works on, and back to its first state */
#include "tests/faults/lab.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc/lease_line.h"
#include "alloc/line.h"
#include "auth/users.h"
#include "lib/endpoint.h"

#define REALM "tsp.example"

/* those that the handler's user may write to */
static const char *const directories[] = {"state", "kernel", "etc"};

#define DIRECTORIES (sizeof(directories) / sizeof(directories[0]))

static _Noreturn void stop(const char *what)
{
	fprintf(stderr, "faults: %s: %s\n", what, strerror(errno));
	exit(111);
}

/** path_in() - a path in the lab's directory; good until the next but three */
__attribute__((format(printf, 2, 3))) static const char *path_in(const struct lab *w,
								 const char *format, ...)
{
	static char paths[4][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % 4];
	int n = snprintf(path, PATH_MAX, "%s/", w->dir);
	va_list args;

	va_start(args, format);
	vsnprintf(path + n, PATH_MAX - (size_t)n, format, args);
	va_end(args);
	return path;
}

static const char *leases_path(const struct lab *w, int pool)
{
	return path_in(w, "state/%s.leases", pool_name((enum pool_kind)pool));
}

/** put_file() - write a file; give it away to the handler's user, if there is one */
static void put_file(const struct lab *w, const char *path, mode_t mode, const void *data,
		     size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len || fchmod(fd, mode) ||
	    (w->user && fchown(fd, w->user, w->user)))
		stop(path);
	close(fd);
}

static void put_text(const struct lab *w, const char *name, mode_t mode, const char *text)
{
	put_file(w, path_in(w, "%s", name), mode, text, strlen(text));
}

/** write_config() - short deadlines: an injected fault may well lead to one of them */
static void write_config(struct lab *w, const char *user)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "[server]\nuser = %s\ndomain = " REALM "\ntemplate = %s/template.sh\n"
		 "lifetime = 4320\naccept = 127.0.0.0/8\nstate = %s/state\nwritable = "
		 "%s/kernel\n"
		 "[auth]\nusers = %s/etc/users\n"
		 "[pool anonymous]\nlink = 2001:db8:a::/64\ncapacity = %u\n"
		 "[pool users]\nlink = 2001:db8:ffff::/64\nprefix = 2001:db8:1000::/36\n"
		 "delegate = 56\ncapacity = %u\n"
		 "[limits]\nlogin_seconds = 1\nlogin_delay = 0\nsession_seconds = 2\n"
		 "template_seconds = 1\n",
		 user, w->dir, w->dir, w->dir, w->dir, LAB_CAPACITY, LAB_CAPACITY);
	put_text(w, "tsp.conf", 0644, text);
}

static void write_users(struct lab *w)
{
	static const char *const users[][2] = {{"alice", "s3cret"}, {"bob", "swordfish"}};
	char text[512] = "", digest[USERS_DIGEST_LEN];
	size_t i;

	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		users_digest(users[i][0], strlen(users[i][0]), REALM, users[i][1],
			     strlen(users[i][1]), digest);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s:%s:%s\n",
			 users[i][0], REALM, digest);
	}
	put_text(w, "etc/users", 0600, text);
}

static void write_template(struct lab *w)
{
	char text[768];

	snprintf(text, sizeof(text),
		 "#!/bin/sh\n# TSP-Batch: yes\n# TSP-Proof: yes\nset -eu\ncd "
		 "%s/kernel\nheard=$(cat ../heard)\ncase "
		 "$TSP_OPERATION in\n"
		 "TSP_TUNNEL_CREATION) : >\"$TSP_TUNNEL_INTERFACE\" ;;\n"
		 "TSP_TUNNEL_TEARDOWN) rm -f \"$TSP_TUNNEL_INTERFACE\" ;;\n"
		 "TSP_TUNNEL_INFO) [ -e \"$TSP_TUNNEL_INTERFACE\" ] && echo "
		 "rx_bytes=9 $heard ;;\n"
		 "TSP_TUNNEL_BATCH_INFO) while read -r _ _ dev _; do\n"
		 "[ -e \"$dev\" ] && echo rx_bytes=9 $heard || "
		 "echo -\ndone ;;\n"
		 "esac\n",
		 w->dir);
	put_text(w, "template.sh", 0755, text);
}

/**
 * lab_open() - make the directory
 * @w:		Result
 *
 * Return: 0; -1 when there is nobody for a handler to become
 */
int lab_open(struct lab *w)
{
	const char *tmp = getenv("TMPDIR");
	struct passwd *nobody = getpwnam("nobody");
	size_t i;

	memset(w, 0, sizeof(*w));
	if (geteuid() == 0 && !nobody)
		return -1;
	w->user = geteuid() == 0 ? nobody->pw_uid : 0;
	snprintf(w->dir, sizeof(w->dir), "%.40s/tsp-faults.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(w->dir) || chmod(w->dir, 0755))
		stop(w->dir);
	for (i = 0; i < DIRECTORIES; i++) {
		if (mkdir(path_in(w, "%s", directories[i]), 0755) ||
		    (w->user &&
		     chown(path_in(w, "%s", directories[i]), w->user, w->user)))
			stop(directories[i]);
	}
	w->log = open(path_in(w, "log"), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (w->log < 0)
		stop("log");
	write_config(w, "nobody");
	write_users(w);
	write_template(w);
	snprintf(w->config_path, sizeof(w->config_path), "%s/tsp.conf", w->dir);
	if (config_load(w->config_path, &w->config))
		stop("configuration");
	return 0;
}

/** empty() - delete all files of one of the directories */
static void empty(struct lab *w, const char *name)
{
	DIR *dir = opendir(path_in(w, "%s", name));
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name != '.')
			unlink(path_in(w, "%s/%s", name, entry->d_name));
	}
	if (dir)
		closedir(dir);
}

static void forget_images(struct lab *w)
{
	int pool;

	for (pool = 0; pool < POOL_KINDS; pool++) {
		free(w->images[pool].data);
		w->images[pool] = (struct image){NULL, 0};
	}
}

/** lab_close() - leave nothing behind */
void lab_close(struct lab *w)
{
	size_t i;

	forget_images(w);
	for (i = 0; i < DIRECTORIES; i++) {
		empty(w, directories[i]);
		rmdir(path_in(w, "%s", directories[i]));
	}
	unlink(path_in(w, "tsp.conf"));
	unlink(path_in(w, "heard"));
	unlink(path_in(w, "template.sh"));
	unlink(path_in(w, "log"));
	rmdir(w->dir);
	close(w->log);
}

/** give() - a lease, accepted; @over: and at its end */
static void give(struct store *store, const char *owner, const char *ipv4, bool over)
{
	struct store_wish wish = {.pool = owner ? POOL_USERS : POOL_ANONYMOUS,
				  .owner = owner,
				  .mode = TUNNEL_V6V4,
				  .prefix_len = owner ? 56 : 0};
	struct store_claim claim;

	if (endpoint_parse(ipv4, &wish.endpoint) ||
	    store_claim(store, &wish, &claim) != STORE_OK || store_accept(store, &claim))
		stop("preparing leases");
	if (!over)
		return;
	if (store_claim_own(store, wish.pool, owner ? owner : ipv4, &claim) != STORE_OK ||
	    store_end(store, &claim))
		stop("preparing leases");
}

/** keep_image() - remember an allocation file */
static void keep_image(struct lab *w, int pool)
{
	struct image *image = &w->images[pool];
	int fd = open(leases_path(w, pool), O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		stop("allocation file");
	image->len = (size_t)st.st_size;
	image->data = malloc(image->len);
	if (!image->data || read(fd, image->data, image->len) != (ssize_t)image->len)
		stop("allocation file");
	close(fd);
}

/** line_of() - of a user's lease in the image */
static char *line_of(struct lab *w, const char *user, struct lease *lease)
{
	if (!lab_before(w, POOL_USERS, user, lease))
		stop(user);
	return w->images[POOL_USERS].data + (size_t)lease->number * LEASE_LINE_LEN;
}

/** end_time() - bob's lease ended a minute ago; no program has seen it yet */
static void end_time(struct lab *w)
{
	struct lease lease;
	char *line = line_of(w, "bob", &lease);

	lease.tunnel.granted = time(NULL) - 3600;
	lease.tunnel.expires = time(NULL) - 60;
	lease_encode(&lease, line);
}

/** doubt() - a user's lease was made over UDP just now, and waits for a first packet */
static void doubt(struct lab *w, const char *user)
{
	struct lease lease;
	char *line = line_of(w, user, &lease);

	lease.tunnel.granted = time(NULL);
	lease.tunnel.expires = lease.tunnel.granted + LEASE_PROOF_SECONDS;
	lease.state = LEASE_CLAIMED;
	lease_encode(&lease, line);
}

/**
 * tear() - tear bob's line: a new beginning and an old rest, as of an hour ago
 *
 * The write stopped between two columns: in the middle of a time, half of one hour and half
 * of another may be no time at all (T20 and T19 make T29), and then bob has to come back.
 */
static void tear(struct lab *w)
{
	struct column expires = lease_columns[LEASE_TUNNEL + TUNNEL_EXPIRES];
	char old[LEASE_LINE_LEN];
	struct lease lease;
	char *line = line_of(w, "bob", &lease);
	const char *why;

	lease.tunnel.granted -= 3600;
	lease.tunnel.expires -= 3600;
	lease_encode(&lease, old);
	memcpy(line + expires.at, old + expires.at, LEASE_LINE_LEN - expires.at);
	if (!lease_decode(line, lease.number, &lease, &why))
		stop("a damaged line");
}

/** lab_prepare() - choose what lab_reset() makes */
void lab_prepare(struct lab *w, enum before before)
{
	struct store store;
	int pool;

	forget_images(w);
	empty(w, "state");
	w->before = before;
	if (before == BEFORE_NOTHING)
		return;
	POOL_EACH(kind) {
		if (table_make(&w->config, kind))
			stop("state");
	}
	if (store_open(&store, &w->config))
		stop("state");
	give(&store, "alice", "127.0.0.4", false);
	give(&store, "bob", "127.0.0.2", false);
	give(&store, "carol", "127.0.0.10", true);
	give(&store, NULL, "127.0.0.3", false);
	give(&store, NULL, "127.0.0.9", false);
	give(&store, NULL, "127.0.0.11", true);
	give(&store, NULL, "127.0.0.12", true);
	store_close(&store);
	for (pool = 0; pool < POOL_KINDS; pool++)
		keep_image(w, pool);
	if (before == BEFORE_OVER)
		end_time(w);
	else if (before == BEFORE_DAMAGE)
		tear(w);
}

/** lab_reset() - everything is as prepared */
void lab_reset(struct lab *w)
{
	int pool;
	size_t i;

	for (i = 0; i < DIRECTORIES; i++)
		empty(w, directories[i]);
	write_users(w);
	/* what the template says of the secrets of all clients */
	put_text(w, "heard", 0644,
		 w->before == BEFORE_PROOF ? "proof_packets=1 proof_seconds=0\n" : "\n");
	if (w->before == BEFORE_PROOF) {
		doubt(w, "alice");
		doubt(w, "bob");
	}
	if (ftruncate(w->log, 0))
		stop("log");
	for (pool = 0; pool < POOL_KINDS; pool++) {
		if (w->images[pool].data)
			put_file(w, leases_path(w, pool), 0640, w->images[pool].data,
				 w->images[pool].len);
	}
	if (w->before != BEFORE_BOOT)
		lab_raise_tunnels(w);
}

/** lab_log() - what the programs said since lab_reset() */
const char *lab_log(struct lab *w)
{
	static char text[65536];
	ssize_t n = pread(w->log, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}
