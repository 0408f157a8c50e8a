/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the structs of the backend contract as messages. What is read is borrowed from the reader's body and valid as long as that; arrays that are read have a free
 * function. Reading checks ranges (roles, actions, statuses); a caller asks naccs_reader_is_done() at the end, once.
 */
#ifndef NACCS_WORKER_CONTRACT_H
#define NACCS_WORKER_CONTRACT_H

#include "message.h"

#include "cleanup.h"

/* The operations, in the order of struct naccs_backend. */
enum naccs_operation {
	NACCS_OP_PLACES = 1,
	NACCS_OP_OPEN,
	NACCS_OP_CLOSE,
	NACCS_OP_DESCRIBE,
	NACCS_OP_LIST,
	NACCS_OP_PLAN,
	NACCS_OP_STAGE,
	NACCS_OP_COMMIT,
	NACCS_OP_ABORT,
	NACCS_OP_RECOVER,
	NACCS_OP_REMOVE,
	NACCS_OP_SIGN,
	NACCS_OP_ACTIVATE,
	NACCS_OP_EXPORT_KEY,
	NACCS_OP_VERIFY,
	NACCS_OP_RESOLVE,
	NACCS_OP_ARCHIVE,
};

/* A status and, when it is a failure, what *err says. A number that is no status reads as bad. */
void naccs_write_result(struct naccs_writer *writer, naccs_status status, const struct naccs_error *err);
naccs_status naccs_read_result(struct naccs_reader *reader, struct naccs_error *ret);

void naccs_write_place(struct naccs_writer *writer, const struct naccs_place *place);
struct naccs_place naccs_read_place(struct naccs_reader *reader);

void naccs_write_item(struct naccs_writer *writer, const struct naccs_item *item);
struct naccs_item naccs_read_item(struct naccs_reader *reader);

void naccs_write_part(struct naccs_writer *writer, const struct naccs_part *part);
struct naccs_part naccs_read_part(struct naccs_reader *reader);

/* Parts of one install. The array belongs to the caller (free()), what it points to is borrowed. NULL when there are none or the reader is bad. */
void naccs_write_parts(struct naccs_writer *writer, const struct naccs_part *parts, size_t count);
struct naccs_part *naccs_read_parts(struct naccs_reader *reader, size_t *ret_count);

void naccs_write_open_options(struct naccs_writer *writer, const struct naccs_open_options *options);
struct naccs_open_options naccs_read_open_options(struct naccs_reader *reader);

/* What was read of an installation; its arrays belong to it. */
struct naccs_installation_read {
	struct naccs_installation installation;
	struct naccs_bytes *intermediates, *server_anchors, *server_intermediates;
};
void naccs_write_installation(struct naccs_writer *writer, const struct naccs_installation *installation);
void naccs_read_installation(struct naccs_reader *reader, struct naccs_installation_read *ret);
void naccs_installation_read_clear(struct naccs_installation_read *read);

void naccs_write_sign_request(struct naccs_writer *writer, const struct naccs_sign_request *request);
struct naccs_sign_request naccs_read_sign_request(struct naccs_reader *reader);

/* *ret_chain belongs to the caller (free()). */
void naccs_write_verify_request(struct naccs_writer *writer, const struct naccs_verify_request *request);
struct naccs_verify_request naccs_read_verify_request(struct naccs_reader *reader, struct naccs_bytes **ret_chain);

void naccs_write_verify_answer(struct naccs_writer *writer, const struct naccs_verify_answer *answer);
struct naccs_verify_answer naccs_read_verify_answer(struct naccs_reader *reader);

#endif
