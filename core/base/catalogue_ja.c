/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the Japanese texts, as data. Sorted by the English text; the first entry is the po header's empty message. */
#include "catalogue.h"

const struct naccs_translation naccs_catalogue_ja[] = {
	{"", ""},
};

const size_t naccs_catalogue_ja_count = sizeof naccs_catalogue_ja / sizeof naccs_catalogue_ja[0];
