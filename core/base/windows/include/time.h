/* SPDX-License-Identifier: Apache-2.0 */
/* Why: calendar arithmetic for every year, before 1970 too, which the C runtime of Windows refuses. */
#ifndef NACCS_WINDOWS_TIME_H
#define NACCS_WINDOWS_TIME_H

#include <pthread_time.h>
#include_next <time.h>

time_t timegm(struct tm *parts);

#undef gmtime_r
#define gmtime_r naccs_windows_gmtime_r
struct tm *naccs_windows_gmtime_r(const time_t *time, struct tm *ret);

#endif
