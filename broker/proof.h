/* SPDX-License-Identifier: MIT */
/* proof.h - whether the signalling of a session proves that its client is there */
#ifndef BROKER_PROOF_H
#define BROKER_PROOF_H

#include "broker/broker.h"

bool proof_is_given(const struct broker *b);
void proof_fill(const struct broker *b, struct store_wish *wish);
enum store_result proof_claim(struct broker *b, const struct store_wish *wish);
bool proof_give_up(struct broker *b);

#endif
