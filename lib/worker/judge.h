/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Judging a configuration as a whole before anything runs with it: values, names, services and where they
 * listen, tables, certificates, users. master asks at its start and at each reload, relais check whenever it
 * is called; both say the same, and all of it at once.
 */
#ifndef WORKER_JUDGE_H
#define WORKER_JUDGE_H

#include "conf/conf.h"

/* Adds everything there is to complain about. Opens tables and reads certificates, as who calls. */
void judge_configuration(const struct conf *conf, struct arena *arena, struct complaints *complaints);

#endif
