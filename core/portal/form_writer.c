/* SPDX-License-Identifier: Apache-2.0 */
/* Why: writes a form's entries as application/x-www-form-urlencoded or multipart/form-data, in the page's character set. */
#include "form_private.h"

#include "charset.h"
#include "text.h"

#include <string.h>

#define BODY_MAX ((size_t)1024 * 1024)
#define BOUNDARY_LENGTH 40
#define BOUNDARY_PREFIX "----naccs-cert-"

naccs_status naccs_form_writer_begin(struct naccs_form_writer *writer, bool is_multipart, struct naccs_error *err)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	naccs_status status = naccs_secret_new(BODY_MAX, &writer->body, err);

	writer->is_multipart = is_multipart;
	if (status == NACCS_OK && is_multipart)
		status = naccs_secret_new(BOUNDARY_LENGTH, &writer->boundary, err);
	if (status == NACCS_OK && is_multipart)
		status = naccs_secret_random_text(writer->boundary, BOUNDARY_LENGTH, alphabet, err);
	return status;
}

void naccs_form_writer_clear(struct naccs_form_writer *writer)
{
	naccs_secret_free(naccs_take(&writer->body));
	naccs_secret_free(naccs_take(&writer->boundary));
}

/* Line ends as they travel in forms. */
static naccs_status with_crlf(const char *value, size_t length, struct naccs_secret *to, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	for (size_t at = 0; at < length && status == NACCS_OK;) {
		size_t plain = at;

		while (plain < length && value[plain] != '\r' && value[plain] != '\n')
			plain++;
		status = naccs_secret_append(to, value + at, plain - at, err);
		at = plain;
		if (at == length || status != NACCS_OK)
			break;
		at += value[at] == '\r' && at + 1 < length && value[at + 1] == '\n' ? 2 : 1;
		status = naccs_secret_append(to, "\r\n", 2, err);
	}
	return status;
}

static naccs_status encode(const struct naccs_form_writer *writer, const char *value, size_t length, struct naccs_secret **ret,
			   struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *plain = NULL;
	naccs_status status = naccs_secret_new(2 * length + 1, &plain, err);

	if (status == NACCS_OK)
		status = with_crlf(value, length, plain, err);
	return status == NACCS_OK ? naccs_charset_encode(writer->charset, plain, ret, err) : status;
}

static naccs_status append_text(struct naccs_form_writer *writer, const char *text, struct naccs_error *err)
{
	return naccs_secret_append(writer->body, text, strlen(text), err);
}

/* As the URL standard's application/x-www-form-urlencoded serializer does. */
static naccs_status append_percent_encoded(struct naccs_form_writer *writer, const struct naccs_secret *value, struct naccs_error *err)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._";
	static const char digits[] = "0123456789ABCDEF";
	const uint8_t *bytes = naccs_secret_data(value);
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < naccs_secret_length(value) && status == NACCS_OK; i++) {
		const char encoded[3] = {'%', digits[bytes[i] >> 4], digits[bytes[i] & 15]};

		if (bytes[i] == ' ')
			status = naccs_secret_append(writer->body, "+", 1, err);
		else if (bytes[i] != '\0' && strchr(plain, bytes[i]) != NULL)
			status = naccs_secret_append(writer->body, &bytes[i], 1, err);
		else
			status = naccs_secret_append(writer->body, encoded, sizeof encoded, err);
	}
	return status;
}

static naccs_status write_urlencoded(struct naccs_form_writer *writer, const struct naccs_secret *name, const struct naccs_secret *value,
				     struct naccs_error *err)
{
	naccs_status status = naccs_secret_length(writer->body) > 0 ? append_text(writer, "&", err) : NACCS_OK;

	if (status == NACCS_OK)
		status = append_percent_encoded(writer, name, err);
	if (status == NACCS_OK)
		status = append_text(writer, "=", err);
	return status == NACCS_OK ? append_percent_encoded(writer, value, err) : status;
}

/* A name inside quotes: what would end it is percent-encoded, as browsers do. */
static naccs_status append_quoted(struct naccs_form_writer *writer, const struct naccs_secret *name, struct naccs_error *err)
{
	const uint8_t *bytes = naccs_secret_data(name);
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < naccs_secret_length(name) && status == NACCS_OK; i++) {
		switch (bytes[i]) {
		case '"':
			status = append_text(writer, "%22", err);
			break;
		case '\r':
			status = append_text(writer, "%0D", err);
			break;
		case '\n':
			status = append_text(writer, "%0A", err);
			break;
		default:
			status = naccs_secret_append(writer->body, &bytes[i], 1, err);
		}
	}
	return status;
}

static naccs_status write_part(struct naccs_form_writer *writer, const struct naccs_secret *name, const char *more_headers,
			       const struct naccs_secret *value, struct naccs_error *err)
{
	naccs_status status = append_text(writer, "--" BOUNDARY_PREFIX, err);

	if (status == NACCS_OK)
		status = append_text(writer, naccs_secret_text(writer->boundary), err);
	if (status == NACCS_OK)
		status = append_text(writer, "\r\nContent-Disposition: form-data; name=\"", err);
	if (status == NACCS_OK)
		status = append_quoted(writer, name, err);
	if (status == NACCS_OK)
		status = append_text(writer, more_headers, err);
	if (status == NACCS_OK)
		status = append_text(writer, "\r\n\r\n", err);
	if (status == NACCS_OK && value != NULL)
		status = naccs_secret_append(writer->body, naccs_secret_data(value), naccs_secret_length(value), err);
	return status == NACCS_OK ? append_text(writer, "\r\n", err) : status;
}

naccs_status naccs_form_write(struct naccs_form_writer *writer, const char *name, const char *value, size_t length, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *encoded_name = NULL, *encoded_value = NULL;
	naccs_status status = encode(writer, name, strlen(name), &encoded_name, err);

	if (status == NACCS_OK)
		status = encode(writer, value, length, &encoded_value, err);
	if (status != NACCS_OK)
		return status;
	return writer->is_multipart ? write_part(writer, encoded_name, "\"", encoded_value, err)
				    : write_urlencoded(writer, encoded_name, encoded_value, err);
}

naccs_status naccs_form_write_no_file(struct naccs_form_writer *writer, const char *name, struct naccs_error *err)
{
	naccs_auto(secret) struct naccs_secret *encoded_name = NULL;
	naccs_status status;

	if (!writer->is_multipart)
		return naccs_form_write(writer, name, "", 0, err);
	status = encode(writer, name, strlen(name), &encoded_name, err);
	if (status != NACCS_OK)
		return status;
	return write_part(writer, encoded_name, "\"; filename=\"\"\r\nContent-Type: application/octet-stream", NULL, err);
}

naccs_status naccs_form_writer_end(struct naccs_form_writer *writer, struct naccs_secret **ret_body, char **ret_content_type,
				   struct naccs_error *err)
{
	naccs_status status = NACCS_OK;
	char *content_type;

	if (writer->is_multipart) {
		status = append_text(writer, "--" BOUNDARY_PREFIX, err);
		if (status == NACCS_OK)
			status = append_text(writer, naccs_secret_text(writer->boundary), err);
		if (status == NACCS_OK)
			status = append_text(writer, "--\r\n", err);
		content_type = naccs_format("multipart/form-data; boundary=" BOUNDARY_PREFIX "%s", naccs_secret_text(writer->boundary));
	} else {
		content_type = strdup("application/x-www-form-urlencoded");
	}
	if (status == NACCS_OK && content_type == NULL)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	if (status != NACCS_OK) {
		free(content_type);
		return status;
	}
	*ret_content_type = content_type;
	*ret_body = naccs_take(&writer->body);
	return NACCS_OK;
}
