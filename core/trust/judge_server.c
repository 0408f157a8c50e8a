/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: does the NACCS servers' chain lead to the anchor as this very store holds it? On the best basis there is: a chain met in this run,
 * else the recorded one, else the bundled intermediates.
 */
#include "trust_internal.h"

#include "clock.h"

/* A copy of an error as judged: FALSE with its reason. */
static naccs_status say_false(struct naccs_verdict *verdict, const struct naccs_error *reason)
{
	verdict->server_chain = NACCS_FALSE;
	verdict->server_chain_error = *reason;
	return NACCS_OK;
}

static naccs_status say(struct naccs_verdict *verdict, naccs_status status, const struct naccs_error *reason, struct naccs_error *err)
{
	if (status == NACCS_E_INTERNAL) {
		if (err != NULL)
			*err = *reason;
		return status;
	}
	if (status != NACCS_OK)
		return say_false(verdict, reason);
	verdict->server_chain = NACCS_TRUE;
	return NACCS_OK;
}

static naccs_status show_anchor(struct naccs_verdict *verdict, X509 *anchor, struct naccs_error *err)
{
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	naccs_status status = naccs_certificate_facts_new(anchor, &facts, err);
	if (status != NACCS_OK)
		return status;
	naccs_certificate_facts_free(verdict->anchor);
	verdict->anchor = naccs_take(&facts);
	return NACCS_OK;
}

enum flaw { FLAW_MISSING, FLAW_REPLACED, FLAW_FOREIGN };

static naccs_status fail_held(enum flaw flaw, X509 *certificate, struct naccs_error *err)
{
	naccs_auto(heap) char *name = naccs_short_name(certificate);
	if (name == NULL)
		return naccs_fail_memory(err);
	switch (flaw) {
	case FLAW_REPLACED:
		return naccs_fail(err, NACCS_E_VERIFY_FAILED, 0,
				  _("the store does not hold the TLS root %s that was installed, but another of the same name"), name);
	case FLAW_FOREIGN:
		return naccs_fail(err, NACCS_E_VERIFY_FAILED, 0, _("the store holds the TLS root %s, which was not installed"), name);
	case FLAW_MISSING:
		break;
	}
	return naccs_fail(err, NACCS_E_VERIFY_FAILED, 0, _("the store does not hold the TLS root %s that was installed"), name);
}

/* Are the anchors read back those that were installed? Puts into usable (borrowed) the ones that the chain may end at. */
static naccs_status compare_anchors(const struct naccs_evidence *evidence, const struct naccs_expectation *expectation,
				    STACK_OF(X509) *usable, struct naccs_error *err)
{
	STACK_OF(X509) *held = evidence->server_anchors, *installed = expectation->installed_anchors;
	if (installed == NULL)
		return held == NULL || X509_add_certs(usable, held, X509_ADD_FLAG_NO_DUP) == 1 ? NACCS_OK : naccs_fail_memory(err);
	for (int i = 0; i < sk_X509_num(installed); i++) {
		X509 *expected = sk_X509_value(installed, i);
		X509 *found = naccs_stack_find(held, expected);
		if (found == NULL)
			return fail_held(naccs_stack_find_namesake(held, expected) != NULL ? FLAW_REPLACED : FLAW_MISSING, expected, err);
		if (sk_X509_push(usable, found) <= 0)
			return naccs_fail_memory(err);
	}
	for (int i = 0; i < sk_X509_num(held); i++) {
		X509 *other = sk_X509_value(held, i);
		bool is_foreign = naccs_stack_find(installed, other) == NULL;
		/* A system brings the genuine root along, which is then beside the one that a person gave. */
		bool matters = !expectation->anchors_shared ||
			       (naccs_stack_find_namesake(installed, other) != NULL && !naccs_is_builtin_anchor(other));
		if (is_foreign && matters)
			return fail_held(FLAW_FOREIGN, other, err);
	}
	return NACCS_OK;
}

/* Intermediates that help: ours, then the store's. Borrowed. */
static naccs_status gather_intermediates(const struct naccs_evidence *evidence, const struct naccs_expectation *expectation,
					 STACK_OF(X509) *ret, struct naccs_error *err)
{
	STACK_OF(X509) *bundled = expectation->bundled_intermediates, *held = evidence->server_intermediates;
	bool is_added = (bundled == NULL || X509_add_certs(ret, bundled, X509_ADD_FLAG_NO_DUP) == 1) &&
			(held == NULL || X509_add_certs(ret, held, X509_ADD_FLAG_NO_DUP) == 1);
	return is_added ? NACCS_OK : naccs_fail_memory(err);
}

/* Live and recorded: a whole chain with its host. anchor_time: as of when the anchor itself must be valid too. */
static naccs_status judge_met(struct naccs_crypto *crypto, const struct naccs_server_check *check, int64_t anchor_time,
			      struct naccs_verdict *verdict, struct naccs_error *err)
{
	naccs_auto(x509_stack) STACK_OF(X509) *chain = NULL;
	struct naccs_error reason = {0};
	naccs_status status = naccs_chain_check_server(crypto, check, &chain, &reason);
	if (status == NACCS_OK) {
		X509 *anchor = sk_X509_value(chain, sk_X509_num(chain) - 1);
		status = show_anchor(verdict, anchor, &reason);
		if (status == NACCS_OK)
			status = naccs_check_dates(anchor, anchor_time, NACCS_E_TLS_EXPIRED, &reason);
		if (status == NACCS_E_TLS_EXPIRED)
			(void)naccs_error_prefix(&reason, "%s", _("cannot trust the TLS root in the store"));
	}
	return say(verdict, status, &reason, err);
}

static X509 *find_signer(X509 *certificate, STACK_OF(X509) *anchors)
{
	for (int i = 0; i < sk_X509_num(anchors); i++)
		if (naccs_is_root(sk_X509_value(anchors, i)) && naccs_is_signed_by(certificate, sk_X509_value(anchors, i)))
			return sk_X509_value(anchors, i);
	return NULL;
}

/* Bundled: the best of the intermediates that an anchor in the store has signed; none: unknown. */
static naccs_status judge_bundled(struct naccs_crypto *crypto, STACK_OF(X509) *intermediates, STACK_OF(X509) *anchors, int64_t now,
				  struct naccs_verdict *verdict, struct naccs_error *err)
{
	struct naccs_error best = {0};
	for (int i = 0; i < sk_X509_num(intermediates); i++) {
		X509 *intermediate = sk_X509_value(intermediates, i);
		X509 *signer = find_signer(intermediate, anchors);
		if (signer == NULL || X509_check_ca(intermediate) == 0 || naccs_is_root(intermediate))
			continue;
		naccs_auto(x509) X509 *anchor = NULL;
		struct naccs_error reason = {0};
		naccs_status status = naccs_chain_check_intermediate(crypto, intermediate, anchors, now, &anchor, &reason);
		verdict->basis = NACCS_BASIS_BUNDLED;
		naccs_status shown = show_anchor(verdict, anchor != NULL ? anchor : signer, err);
		if (shown != NACCS_OK)
			return shown;
		if (status == NACCS_OK || status == NACCS_E_INTERNAL)
			return say(verdict, status, &reason, err);
		if (best.status == NACCS_OK || (best.status != NACCS_E_TLS_EXPIRED && status == NACCS_E_TLS_EXPIRED))
			best = reason;
	}
	if (verdict->basis == NACCS_BASIS_BUNDLED)
		return say_false(verdict, &best);
	verdict->server_chain = NACCS_UNKNOWN;
	return NACCS_OK;
}

static naccs_status judge_by_best_basis(struct naccs_crypto *crypto, const struct naccs_evidence *evidence,
					const struct naccs_expectation *expectation, STACK_OF(X509) *anchors, struct naccs_verdict *verdict,
					struct naccs_error *err)
{
	naccs_auto(borrowed_stack) STACK_OF(X509) *intermediates = sk_X509_new_null();
	if (intermediates == NULL)
		return naccs_fail_memory(err);
	naccs_status status = gather_intermediates(evidence, expectation, intermediates, err);
	if (status != NACCS_OK)
		return status;
	struct naccs_server_check check = {.anchors = anchors, .intermediates = intermediates};
	if (expectation->live_chain != NULL) {
		verdict->basis = NACCS_BASIS_LIVE;
		check.sent = expectation->live_chain;
		check.host = expectation->live_host;
		check.time = expectation->live_time != 0 ? expectation->live_time : naccs_clock_now(); /* never --at */
		verdict->basis_time = check.time;
		return judge_met(crypto, &check, check.time, verdict, err);
	}
	if (expectation->recorded != NULL) {
		verdict->basis = NACCS_BASIS_RECORDED;
		check.sent = expectation->recorded->chain;
		check.host = expectation->recorded->host;
		check.time = expectation->recorded->recorded_at;
		verdict->basis_time = check.time;
		return judge_met(crypto, &check, expectation->now, verdict, err);
	}
	return judge_bundled(crypto, intermediates, anchors, expectation->now, verdict, err);
}

naccs_status naccs_judge_server_chain(struct naccs_crypto *crypto, const struct naccs_evidence *evidence,
				      const struct naccs_expectation *expectation, struct naccs_verdict *verdict, struct naccs_error *err)
{
	int held = sk_X509_num(evidence->server_anchors);
	if (held <= 0 && expectation->anchors_elsewhere) {
		verdict->server_chain = NACCS_UNKNOWN;
		return NACCS_OK;
	}
	if (held > 0) {
		naccs_status status = show_anchor(verdict, sk_X509_value(evidence->server_anchors, 0), err);
		if (status != NACCS_OK)
			return status;
	}
	naccs_auto(borrowed_stack) STACK_OF(X509) *anchors = sk_X509_new_null();
	if (anchors == NULL)
		return naccs_fail_memory(err);
	struct naccs_error reason = {0};
	naccs_status status = compare_anchors(evidence, expectation, anchors, &reason);
	if (status != NACCS_OK)
		return say(verdict, status, &reason, err);
	if (sk_X509_num(anchors) == 0) {
		(void)naccs_fail(&reason, NACCS_E_VERIFY_FAILED, 0, "%s", _("the store holds no root for the TLS servers"));
		return say_false(verdict, &reason);
	}
	return judge_by_best_basis(crypto, evidence, expectation, anchors, verdict, err);
}
