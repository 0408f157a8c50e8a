/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a mistyped option, command, key or section is answered with the one that was probably meant. */
#ifndef NACCS_BASE_NEAREST_H
#define NACCS_BASE_NEAREST_H

/* The candidate (of a NULL-terminated list) that word begins, or that differs from it by few letters; NULL when none is near or two are
 * equally near. *ret points into the list. */
const char *naccs_text_nearest(const char *word, const char *const *candidates);

#endif
