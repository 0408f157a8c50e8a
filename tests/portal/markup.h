/* SPDX-License-Identifier: Apache-2.0 */
/* Why: screens are written once, as well-formed XHTML in UTF-8; the dialect's tag style, quotes, entities and charset are put on
 * afterwards. */
#ifndef PORTAL_MARKUP_H
#define PORTAL_MARKUP_H

#include "dialect.h"

/* Our own XHTML → the dialect's HTML, both UTF-8; malloc'ed. */
char *markup_style(const struct dialect *dialect, const char *xhtml);
/* UTF-8 → the dialect's charset; malloc'ed, *ret_size bytes, and a NUL. */
char *markup_encode(const struct dialect *dialect, const char *text, size_t *ret_size);
/* The name of the charset as the dialect spells it, and the wrong name that a lying header gives. */
const char *markup_charset(const struct dialect *dialect);
const char *markup_wrong_charset(const struct dialect *dialect);
/* & < > " escaped; malloc'ed. */
char *markup_escape(const char *text);

#endif
