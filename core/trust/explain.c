/* SPDX-License-Identifier: Apache-2.0 */
/* Why: a number from OpenSSL becomes what a person needs: which certificate, what is wrong with it, as of when, and what to do. */
#include "verification.h"

#include "clock.h"

#include <openssl/bio.h>
#include <openssl/x509_vfy.h>
#include <string.h>

naccs_status naccs_fail_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, "%s", _("out of memory"));
}

NACCS_DEFINE_CLEANUP(BIO *, BIO_free_all, bio)

/* A whole name in RFC 2253, UTF-8, fit for a terminal. Caller frees. */
static char *full_name(const X509_NAME *name)
{
	naccs_auto(bio) BIO *text = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	if (text == NULL || X509_NAME_print_ex(text, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) < 0)
		return NULL;
	long length = BIO_get_mem_data(text, &bytes);
	return naccs_text_printable(bytes, (size_t)length);
}

char *naccs_short_name(X509 *certificate)
{
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	if (naccs_certificate_facts_new(certificate, &facts, NULL) != NACCS_OK)
		return NULL;
	const char *name = facts->common_name[0] != '\0' ? facts->common_name : facts->subject;
	return naccs_text_printable(name, strlen(name));
}

/* "A", "A, B": what the chain should have ended at. */
static char *anchor_names(STACK_OF(X509) *anchors)
{
	char *names = naccs_format("%s", sk_X509_num(anchors) > 0 ? "" : _("any anchor (there is none)"));
	for (int i = 0; i < sk_X509_num(anchors) && names != NULL; i++) {
		naccs_auto(heap) char *former = names;
		naccs_auto(heap) char *name = naccs_short_name(sk_X509_value(anchors, i));
		names = name == NULL ? NULL : naccs_format("%s%s%s", former, i > 0 ? ", " : "", name);
	}
	return names;
}

static naccs_status status_of(enum naccs_path_kind kind, enum naccs_rank rank)
{
	if (kind == NACCS_PATH_CLIENT)
		return NACCS_E_VERIFY_FAILED;
	switch (rank) {
	case NACCS_RANK_TIME:
		return NACCS_E_TLS_EXPIRED;
	case NACCS_RANK_NAME:
		return NACCS_E_TLS_NAME;
	case NACCS_RANK_UNTRUSTED:
	case NACCS_RANK_GOOD:
		break;
	}
	return NACCS_E_TLS_UNTRUSTED;
}

naccs_status naccs_check_dates(X509 *certificate, int64_t time, naccs_status status, struct naccs_error *err)
{
	naccs_auto(certificate_facts) struct naccs_certificate_facts *facts = NULL;
	naccs_status read = naccs_certificate_facts_new(certificate, &facts, err);
	if (read != NACCS_OK)
		return read;
	if (facts->not_before <= time && time < facts->not_after)
		return NACCS_OK;
	char from[NACCS_TIME_TEXT_SIZE], until[NACCS_TIME_TEXT_SIZE], as_of[NACCS_TIME_TEXT_SIZE];
	naccs_time_format_japan(facts->not_before, from);
	naccs_time_format_japan(facts->not_after, until);
	naccs_time_format_japan(time, as_of);
	bool is_early = time < facts->not_before;
	(void)naccs_fail(err, status, is_early ? X509_V_ERR_CERT_NOT_YET_VALID : X509_V_ERR_CERT_HAS_EXPIRED,
			 is_early ? _("%s is not valid yet: valid from %s until %s, judged as of %s")
				  : _("%s has expired: valid from %s until %s, judged as of %s"),
			 facts->common_name[0] != '\0' ? facts->common_name : facts->subject, from, until, as_of);
	if (is_early)
		(void)naccs_error_hint(err, "%s", _("Is the clock of this machine right?"));
	return status;
}

/* The host names of a certificate, as OpenSSL prints them, cut to what a message can hold. Caller frees; NULL where there is none. */
static char *host_names(X509 *leaf)
{
	int position = X509_get_ext_by_NID(leaf, NID_subject_alt_name, -1);
	naccs_auto(bio) BIO *text = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	if (position < 0 || text == NULL || X509V3_EXT_print(text, X509_get_ext(leaf, position), 0, 0) != 1)
		return NULL;
	long length = BIO_get_mem_data(text, &bytes);
	naccs_auto(heap) char *names = naccs_text_printable(bytes, (size_t)length);
	if (names == NULL || strlen(names) <= 200)
		return naccs_take(&names);
	names[200] = '\0'; /* host names are ASCII */
	return naccs_format("%s…", names);
}

static naccs_status explain_name(const struct naccs_path *path, naccs_status status, struct naccs_error *err)
{
	naccs_auto(heap) char *names = host_names(path->target);
	naccs_auto(heap) char *subject = naccs_short_name(path->target);
	if (subject == NULL)
		return naccs_fail_memory(err);
	(void)naccs_fail(err, status, X509_V_ERR_HOSTNAME_MISMATCH, _("the certificate is for another host: %s"),
			 names != NULL ? names : subject);
	(void)naccs_error_hint(err, "%s",
			       _("Something between this machine and NACCS answers in its place: check --connect-to, DNS, and the proxy."));
	return status;
}

static bool is_about_issuer(int code)
{
	switch (code) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_CERT_UNTRUSTED:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		return true;
	default:
		return false;
	}
}

static void hint_untrusted(const struct naccs_path *path, struct naccs_error *err)
{
	if (path->kind == NACCS_PATH_CLIENT)
		return;
	(void)naccs_error_hint(err, "%s",
			       _("A proxy that inspects TLS puts its own certificate in place of the server's: ask for the NACCS hosts to "
				 "be exempted. If NACCS "
				 "has moved to another root, give that root by --anchor."));
}

/* The chain does not come to an anchor: say where it leads instead. */
static naccs_status explain_issuer(const struct naccs_outcome *outcome, const struct naccs_path *path, naccs_status status,
				   struct naccs_error *err)
{
	X509 *last = sk_X509_num(outcome->chain) > 0 ? sk_X509_value(outcome->chain, sk_X509_num(outcome->chain) - 1) : path->target;
	bool is_bad_signature = outcome->code == X509_V_ERR_CERT_SIGNATURE_FAILURE && outcome->culprit != NULL;
	if (is_bad_signature)
		last = outcome->culprit;
	naccs_auto(heap) char *name = naccs_short_name(last);
	naccs_auto(heap) char *issuer = full_name(X509_get_issuer_name(last));
	naccs_auto(heap) char *anchors = anchor_names(path->anchors);
	if (name == NULL || issuer == NULL || anchors == NULL)
		return naccs_fail_memory(err);
	if (is_bad_signature || naccs_stack_find_namesake(path->anchors, last) != NULL)
		(void)naccs_fail(err, status, outcome->code, _("%s is not signed by the key of %s but by another of the name %s"), name,
				 anchors, issuer);
	else
		(void)naccs_fail(err, status, outcome->code, _("the chain ends at %s, signed by %s, which is not %s"), name, issuer,
				 anchors);
	hint_untrusted(path, err);
	return status;
}

naccs_status naccs_outcome_explain(const struct naccs_outcome *outcome, const struct naccs_path *path, struct naccs_error *err)
{
	naccs_status status = status_of(path->kind, outcome->rank);
	X509 *culprit = outcome->culprit != NULL ? outcome->culprit : path->target;
	if (outcome->rank == NACCS_RANK_TIME && naccs_check_dates(culprit, path->time, status, err) != NACCS_OK)
		return status;
	if (outcome->rank == NACCS_RANK_NAME)
		return explain_name(path, status, err);
	if (is_about_issuer(outcome->code))
		return explain_issuer(outcome, path, status, err);
	naccs_auto(heap) char *name = naccs_short_name(culprit);
	if (name == NULL)
		return naccs_fail_memory(err);
	return naccs_fail(err, status, outcome->code, "%s: %s", name, X509_verify_cert_error_string(outcome->code));
}
