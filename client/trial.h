/* SPDX-License-Identifier: MIT */
/* trial.h - a tunnel from the broker of "make serve" */
#ifndef CLIENT_TRIAL_H
#define CLIENT_TRIAL_H

int trial_run(void);

#endif
