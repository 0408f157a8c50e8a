/* SPDX-License-Identifier: Apache-2.0 */
/* Why: memory for secrets that is never reallocated behind our back, never swapped where we can help it, never dumped, always wiped. */
#include "secret.h"

#include "pages.h"
#include "text.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

/* bytes[capacity] is a mapping of whole pages; length < capacity always leaves room for the NUL that follows the contents. */
struct naccs_secret {
	uint8_t *bytes;
	size_t capacity;
	size_t length;
	size_t limit;
};

void naccs_wipe(void *memory, size_t length)
{
	if (length > 0)
		explicit_bzero(memory, length);
}

static naccs_status out_of_memory(struct naccs_error *err, int errnum)
{
	return naccs_fail_errno(err, NACCS_E_INTERNAL, errnum, _("cannot get memory for a secret"));
}

static naccs_status over_limit(struct naccs_error *err, size_t limit)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot keep more than %zu bytes of a secret"), limit);
}

static naccs_status map_pages(size_t size, uint8_t **ret, size_t *ret_capacity, struct naccs_error *err)
{
	int errnum = naccs_pages_map(size, ret, ret_capacity);
	return errnum == 0 ? NACCS_OK : out_of_memory(err, errnum);
}

static void unmap_pages(uint8_t *bytes, size_t capacity)
{
	naccs_wipe(bytes, capacity);
	naccs_pages_unmap(bytes, capacity);
}

naccs_status naccs_secret_new(size_t limit, struct naccs_secret **ret, struct naccs_error *err)
{
	struct naccs_secret *secret = calloc(1, sizeof *secret);
	if (secret == NULL)
		return out_of_memory(err, ENOMEM);
	naccs_status status = map_pages(1, &secret->bytes, &secret->capacity, err);
	if (status != NACCS_OK) {
		free(secret);
		return status;
	}
	secret->limit = limit;
	*ret = secret;
	return NACCS_OK;
}

naccs_status naccs_secret_new_copy(const void *bytes, size_t length, struct naccs_secret **ret, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *secret = NULL;
	naccs_status status = naccs_secret_new(length, &secret, err);
	if (status == NACCS_OK)
		status = naccs_secret_append(secret, bytes, length, err);
	if (status == NACCS_OK)
		*ret = naccs_take(&secret);
	return status;
}

void naccs_secret_free(struct naccs_secret *secret)
{
	if (secret == NULL)
		return;
	unmap_pages(secret->bytes, secret->capacity);
	free(secret);
}

/* Make the capacity hold at least wanted bytes and a NUL: at least double it, so that many small appends stay cheap. */
static naccs_status grow(struct naccs_secret *secret, size_t wanted, struct naccs_error *err)
{
	if (wanted < secret->capacity)
		return NACCS_OK;
	size_t size = secret->capacity > SIZE_MAX / 2 ? SIZE_MAX : secret->capacity * 2;
	if (size > secret->limit)
		size = secret->limit;
	if (size < wanted)
		size = wanted;
	if (size == SIZE_MAX)
		return out_of_memory(err, ENOMEM);
	uint8_t *bytes = NULL;
	size_t capacity = 0;
	naccs_status status = map_pages(size + 1, &bytes, &capacity, err);
	if (status != NACCS_OK)
		return status;
	memcpy(bytes, secret->bytes, secret->length);
	unmap_pages(secret->bytes, secret->capacity);
	secret->bytes = bytes;
	secret->capacity = capacity;
	return NACCS_OK;
}

naccs_status naccs_secret_reserve(struct naccs_secret *secret, size_t room, uint8_t **ret, struct naccs_error *err)
{
	if (room > secret->limit - secret->length)
		return over_limit(err, secret->limit);
	naccs_status status = grow(secret, secret->length + room, err);
	if (status == NACCS_OK)
		*ret = secret->bytes + secret->length;
	return status;
}

void naccs_secret_added(struct naccs_secret *secret, size_t length)
{
	size_t room = secret->capacity - 1 - secret->length;
	secret->length += length < room ? length : room;
	secret->bytes[secret->length] = 0;
}

naccs_status naccs_secret_append(struct naccs_secret *secret, const void *bytes, size_t length, struct naccs_error *err)
{
	uint8_t *to = NULL;
	naccs_status status = naccs_secret_reserve(secret, length, &to, err);
	if (status != NACCS_OK)
		return status;
	if (length > 0)
		memcpy(to, bytes, length);
	naccs_secret_added(secret, length);
	return NACCS_OK;
}

void naccs_secret_clear(struct naccs_secret *secret)
{
	/* All of it: a reserved part may hold bytes that were never counted. */
	naccs_wipe(secret->bytes, secret->capacity);
	secret->length = 0;
}

void naccs_secret_truncate(struct naccs_secret *secret, size_t length)
{
	if (length >= secret->length)
		return;
	naccs_wipe(secret->bytes + length, secret->capacity - length);
	secret->length = length;
}

const uint8_t *naccs_secret_data(const struct naccs_secret *secret)
{
	return secret->bytes;
}

const char *naccs_secret_text(const struct naccs_secret *secret)
{
	return (const char *)secret->bytes;
}

size_t naccs_secret_length(const struct naccs_secret *secret)
{
	return secret->length;
}

bool naccs_secret_equal(const struct naccs_secret *a, const struct naccs_secret *b)
{
	if (a == NULL || b == NULL || a->length != b->length)
		return false;
	const volatile uint8_t *left = a->bytes;
	const volatile uint8_t *right = b->bytes;
	uint8_t difference = 0;
	for (size_t i = 0; i < a->length; i++)
		difference = (uint8_t)(difference | (left[i] ^ right[i]));
	return difference == 0;
}

/* Append characters that are evenly distributed over alphabet: bytes that would favour its beginning are drawn again. */
static naccs_status draw(struct naccs_secret *to, size_t length, const char *alphabet, size_t alphabet_size, struct naccs_error *err)
{
	const size_t bound = 256 - 256 % alphabet_size;
	uint8_t *text = NULL;
	naccs_status status = naccs_secret_reserve(to, length, &text, err);
	if (status != NACCS_OK)
		return status;
	uint8_t pool[64];
	for (size_t done = 0; done < length;) {
		ssize_t count = getrandom(pool, sizeof pool, 0);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0) {
			naccs_wipe(pool, sizeof pool);
			return naccs_fail_errno(err, NACCS_E_INTERNAL, errno, _("cannot read the system's random source"));
		}
		for (size_t i = 0; i < (size_t)count && done < length; i++) {
			if (pool[i] < bound)
				text[done++] = (uint8_t)alphabet[pool[i] % alphabet_size];
		}
	}
	naccs_wipe(pool, sizeof pool);
	naccs_secret_added(to, length);
	return NACCS_OK;
}

naccs_status naccs_secret_random_text(struct naccs_secret *secret, size_t length, const char *alphabet, struct naccs_error *err)
{
	size_t alphabet_size = strlen(alphabet);
	if (alphabet_size == 0 || alphabet_size > 256)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot make a random text from %zu characters"), alphabet_size);
	naccs_auto(secret) struct naccs_secret *drawn = NULL;
	naccs_status status = naccs_secret_new(secret->limit, &drawn, err);
	if (status == NACCS_OK)
		status = draw(drawn, length, alphabet, alphabet_size, err);
	if (status != NACCS_OK)
		return status;
	struct naccs_secret old = *secret;
	*secret = *drawn;
	*drawn = old; /* wiped and freed when it leaves the scope */
	return NACCS_OK;
}
