/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the counter and the fault on Windows, within one process; who dies is decided by whoever links this (naccs_faults_die). */
#include "faults.h"

#include <errno.h>
#include <string.h>

static struct {
	uint64_t counted, fsyncs, at, times;
	enum naccs_faults_kind kind;
} state;

void naccs_faults_arm(enum naccs_faults_kind kind, uint64_t at, uint64_t times)
{
	state.counted = 0;
	state.fsyncs = 0;
	state.at = at;
	state.times = times > 0 ? times : 1;
	state.kind = kind;
}

uint64_t naccs_faults_counted(void)
{
	return state.counted;
}

uint64_t naccs_faults_fsyncs(void)
{
	return state.fsyncs;
}

enum naccs_faults_kind naccs_faults_armed(uint64_t *ret_at)
{
	*ret_at = state.at;
	return state.kind;
}

void naccs_faults_refuse_renameat2(void)
{
}

int naccs_faults_renameat2(unsigned flags)
{
	(void)flags;
	return 0;
}

bool naccs_faults_strike_elsewhere(const char *counter)
{
	(void)counter;
	return false;
}

int naccs_faults_before(const char *call, int dirfd, const char *path)
{
	(void)dirfd;
	(void)path;
	state.counted++;
	state.fsyncs += strcmp(call, "fsync") == 0 ? 1 : 0;
	if (state.at == 0 || state.counted < state.at || state.counted >= state.at + state.times)
		return 0;
	switch (state.kind) {
	case NACCS_FAULTS_KILL_BEFORE:
		naccs_faults_die();
		return 0;
	case NACCS_FAULTS_ENOSPC:
		return ENOSPC;
	case NACCS_FAULTS_EIO:
		return EIO;
	case NACCS_FAULTS_EACCES:
		return EACCES;
	default:
		return 0;
	}
}

void naccs_faults_after(void)
{
	if (state.kind == NACCS_FAULTS_KILL_AFTER && state.at != 0 && state.counted == state.at)
		naccs_faults_die();
}
