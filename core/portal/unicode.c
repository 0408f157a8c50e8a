/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see unicode.h. */
#include "unicode.h"

#include <stdlib.h>
#include <unictype.h>
#include <uninorm.h>

char *naccs_unicode_nfkc(const char *text, size_t length, size_t *ret_length)
{
	uint8_t *normal, *whole;

	if (length == 0) {
		*ret_length = 0;
		return calloc(1, 1);
	}
	normal = u8_normalize(UNINORM_NFKC, (const uint8_t *)text, length, NULL, ret_length);
	if (normal == NULL)
		return NULL;
	whole = realloc(normal, *ret_length + 1);
	if (whole == NULL) {
		free(normal);
		return NULL;
	}
	whole[*ret_length] = '\0';
	return (char *)whole;
}

bool naccs_unicode_is_ignored(uint32_t character)
{
	return uc_is_general_category_withtable(character,
						UC_CATEGORY_MASK_Z | UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_P | UC_CATEGORY_MASK_S);
}
