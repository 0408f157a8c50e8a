/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what escrow.c needs of an order besides escrow.h: its JSON. Private to the room. */
#ifndef NACCS_INSTALL_ESCROW_ORDER_H
#define NACCS_INSTALL_ESCROW_ORDER_H

#include "blob.h"
#include "escrow.h"

/* Set the order's members in object. */
void naccs_escrow_order_to_json(const struct naccs_escrow_order *order, json_t *object);

/* Read them; ret is filled as far as it went, and to be cleared by the caller either way. NACCS_E_ESCROW_DAMAGED. */
naccs_status naccs_escrow_order_from_json(const json_t *object, struct naccs_escrow_order *ret, struct naccs_error *err);

#endif
