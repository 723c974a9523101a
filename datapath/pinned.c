/* SPDX-License-Identifier: MIT */
/* pinned.c - the pinned maps: their names, how many entries they have, who may use them */
#include "datapath/pinned.h"

/* The broker's group may write endpoints of clients, and read the rest */
const struct pinned pinned_maps[PINNED_COUNT] = {
	[PINNED_SHARED] = {"tsp_shared", SIZE_FIXED, 0640},
	[PINNED_USERS] = {"tsp_users", SIZE_USERS, 0660},
	[PINNED_USERS_SEEN] = {"tsp_users_seen", SIZE_USERS, 0640},
	[PINNED_ANON] = {"tsp_anon", SIZE_ANONYMOUS, 0660},
	[PINNED_ANON_SEEN] = {"tsp_anon_seen", SIZE_ANONYMOUS, 0640},
	[PINNED_ANON_INDEX] = {"tsp_anon_index", SIZE_INDEX, 0660},
	[PINNED_BLOCKED] = {"tsp_blocked", SIZE_FIXED, 0640},
	[PINNED_SPOOFERS] = {"tsp_spoofers", SIZE_FIXED, 0640},
	[PINNED_COUNTERS] = {"tsp_counters", SIZE_FIXED, 0640},
};
