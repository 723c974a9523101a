/* SPDX-License-Identifier: MIT */
/* abuse.h - a crowd of hostile connections, and honest clients among them */
#ifndef TESTS_ABUSE_ABUSE_H
#define TESTS_ABUSE_ABUSE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/** enum ending - how a hostile connection goes on after its text */
enum ending {
	END_CLOSE, /* closes */
	END_AWAIT, /* waits until the server closes */
	END_HOLD,  /* the same, and is not counted as done by then: it wants to stay */
};

/**
 * struct attack - how a hostile connection behaves
 * @name:	For the command line and the table
 * @text:	Makes the text, malloced; @number counts connections
 * @pace_ms:	Time between single bytes; 0: all at once
 * @ending:	And then?
 */
struct attack {
	const char *name;
	char *(*text)(unsigned number, size_t *len);
	unsigned pace_ms;
	enum ending ending;
};

extern const struct attack attacks[];
extern const size_t attack_count;

/** struct crowd - many of them at a time */
struct crowd {
	const struct attack *attack;
	unsigned short port;
	unsigned width;   /* connections at a time */
	unsigned total;   /* and in all; 0: until time is up */
	unsigned sources; /* addresses they come from */
	double seconds;   /* to go on */
};

/** struct damage - counts of what hostile connections achieved */
struct damage {
	unsigned opened;
	unsigned unheard; /* the server closed without a word */
	unsigned granted; /* got a tunnel offered */
	unsigned peak;    /* at a time */
	double seconds;
};

void crowd_run(const struct crowd *crowd, struct damage *out);

/* honest.c */
struct honest;

struct honest *honest_start(unsigned short port, unsigned clients, const char *user,
			    const char *password);
void honest_stop(struct honest *h);
void honest_print(struct honest *h);

double seconds_now(void);
int connect_from(struct in_addr source, unsigned short port, bool wait);

#endif
