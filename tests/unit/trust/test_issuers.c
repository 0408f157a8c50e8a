/* SPDX-License-Identifier: Apache-2.0 */
/* Why: which certificates may stand above a TLS server, in which order ever they come. */
#include "chain_fixture.h"

#include <openssl/x509v3.h>

static void missing_intermediate_is_taken_from_the_bundle(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	X509 *leaf = fixture->pki->leaf->certificate, *intermediate = fixture->pki->intermediate->certificate;
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, stack_of(leaf, NULL), NULL, &err), &err);
	assert_status(NACCS_OK, judge(fixture, stack_of(leaf, NULL), stack_of(intermediate, NULL), &err), &err);
}

static void namesake_intermediate_does_not_break_a_chain_without_key_identifiers(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	X509 *leaf = without_aki(test, fixture->pki->leaf->certificate, fixture->pki->intermediate);
	X509 *good = fixture->pki->intermediate->certificate;
	struct pki_identity *namesake = pki_make_server_intermediate(test->pki, fixture->pki->root, PKI_EC, test->now);
	X509 *other = namesake->certificate;

	assert_status(NACCS_OK, judge(fixture, stack_of(leaf, good, NULL), stack_of(other, NULL), &err), &err);
	assert_status(NACCS_OK, judge(fixture, stack_of(leaf, other, NULL), stack_of(good, NULL), &err), &err);
	assert_status(NACCS_OK, judge(fixture, stack_of(leaf, other, good, NULL), NULL, &err), &err);
	assert_status(NACCS_OK, judge(fixture, stack_of(leaf, NULL), stack_of(other, good, NULL), &err), &err);
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, stack_of(leaf, other, NULL), stack_of(other, NULL), &err), &err);
	assert_says(&err, "is not signed by the key of");
	X509_free(leaf);
	pki_identity_free(namesake);
}

static void namesake_anchor_does_not_break_a_chain(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	struct pki_identity *namesake = pki_make_server_root(test->pki, PKI_EC, test->now);
	X509 *intermediate = without_aki(test, fixture->pki->intermediate->certificate, fixture->pki->root);
	X509 *leaf = fixture->pki->leaf->certificate;
	STACK_OF(X509) *orders[] = {stack_of(namesake->certificate, fixture->pki->root->certificate, NULL),
				    stack_of(fixture->pki->root->certificate, namesake->certificate, NULL)};
	for (size_t i = 0; i < 2; i++) {
		fixture->check.anchors = orders[i];
		assert_status(NACCS_OK, judge(fixture, stack_of(leaf, intermediate, NULL), NULL, &err), &err);
		drop(orders[i]);
	}
	X509_free(intermediate);
	pki_identity_free(namesake);
}

static void cross_signed_intermediate_leads_only_to_our_anchor(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	static const char *const name[] = {"C=JP", "O=Another Authority", "CN=Another Root", NULL};
	struct pki_identity *other = pki_issue(
		test->pki, NULL,
		&(struct pki_spec){.profile = PKI_ROOT, .name = name, .not_before = test->now - 1000, .not_after = test->now + 1000});
	struct pki_identity *cross = pki_issue(test->pki, other,
					       &(struct pki_spec){.profile = PKI_INTERMEDIATE,
								  .name = chain_fixture_g4,
								  .key = fixture->pki->intermediate->key,
								  .not_before = test->now - 1000,
								  .not_after = test->now + 1000});
	X509 *leaf = fixture->pki->leaf->certificate;
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, stack_of(leaf, cross->certificate, other->certificate, NULL), NULL, &err),
		      &err);
	assert_says(&err, "Another Root");
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, stack_of(leaf, cross->certificate, NULL), NULL, &err), &err);
	/* with ours at hand it holds, although the cross-signed one was sent */
	assert_status(
		NACCS_OK,
		judge(fixture, stack_of(leaf, cross->certificate, NULL), stack_of(fixture->pki->intermediate->certificate, NULL), &err),
		&err);
	pki_identity_free(cross);
	pki_identity_free(other);
}

static void intermediate_among_the_anchors_ends_no_chain(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	X509 *leaf = fixture->pki->leaf->certificate, *intermediate = fixture->pki->intermediate->certificate;
	STACK_OF(X509) *partial = stack_of(intermediate, NULL);
	STACK_OF(X509) *leaf_itself = stack_of(leaf, NULL);
	fixture->check.anchors = partial;
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, stack_of(leaf, intermediate, NULL), NULL, &err), &err);
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, stack_of(leaf, fixture->pki->root->certificate, NULL), NULL, &err), &err);
	fixture->check.anchors = leaf_itself;
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, stack_of(leaf, intermediate, NULL), NULL, &err), &err);
	fixture->check.anchors = NULL;
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, stack_of(leaf, intermediate, NULL), NULL, &err), &err);
	drop(partial);
	drop(leaf_itself);
}

static void expired_intermediate_is_replaced_by_a_bundled_one(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	struct pki_identity *old = pki_issue(test->pki, fixture->pki->root,
					     &(struct pki_spec){.profile = PKI_INTERMEDIATE,
								.name = chain_fixture_g4,
								.key = fixture->pki->intermediate->key,
								.not_before = test->now - 2000,
								.not_after = test->now - 1000});
	X509 *leaf = fixture->pki->leaf->certificate, *good = fixture->pki->intermediate->certificate;
	assert_status(NACCS_OK, judge(fixture, stack_of(leaf, old->certificate, NULL), stack_of(good, NULL), &err), &err);
	assert_status(NACCS_E_TLS_EXPIRED, judge(fixture, stack_of(leaf, old->certificate, NULL), NULL, &err), &err);
	assert_says(&err, "Cybertrust Japan SureServer CA G4 has expired");
	pki_identity_free(old);
}

static void leaf_is_no_issuer(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	struct pki_identity *leaf =
		pki_make_server_leaf(test->pki, fixture->pki->leaf, trust_test_hosts, PKI_EC, test->now - 1000, test->now + 1000);
	assert_status(NACCS_E_TLS_UNTRUSTED,
		      judge(fixture,
			    stack_of(leaf->certificate, fixture->pki->leaf->certificate, fixture->pki->intermediate->certificate, NULL),
			    NULL, &err),
		      &err);
	pki_identity_free(leaf);
}

static void intermediate_is_checked_against_the_anchors_alone(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	X509 *anchor = NULL;
	X509 *intermediate = fixture->pki->intermediate->certificate;
	assert_status(NACCS_OK, naccs_chain_check_intermediate(test->crypto, intermediate, fixture->anchors, test->now, &anchor, &err),
		      &err);
	assert_int_equal(0, X509_cmp(anchor, fixture->pki->root->certificate));
	X509_free(anchor);
	assert_status(NACCS_E_TLS_EXPIRED,
		      naccs_chain_check_intermediate(test->crypto, intermediate, fixture->anchors, at("2037-01-01T00:00:00Z"), NULL, &err),
		      &err);
	struct pki_identity *other = pki_make_server_root(test->pki, PKI_EC, test->now);
	STACK_OF(X509) *others = stack_of(other->certificate, NULL);
	assert_status(NACCS_E_TLS_UNTRUSTED, naccs_chain_check_intermediate(test->crypto, intermediate, others, test->now, NULL, &err),
		      &err);
	assert_status(
		NACCS_E_TLS_UNTRUSTED,
		naccs_chain_check_intermediate(test->crypto, fixture->pki->leaf->certificate, fixture->anchors, test->now, NULL, &err),
		&err);
	drop(others);
	pki_identity_free(other);
}

static void rogue_root_with_rootca2s_name_is_refused(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	struct naccs_trust *trust = NULL;
	assert_status(NACCS_OK, naccs_trust_new(test->crypto, &trust, &err), &err);
	fixture->check.anchors = naccs_trust_anchors(trust);
	struct pki_server_chain *rogue = pki_make_server_chain(test->pki, trust_test_hosts, PKI_RSA, test->now);
	assert_int_equal(0, X509_NAME_cmp(X509_get_subject_name(rogue->root->certificate),
					  X509_get_subject_name(sk_X509_value(fixture->check.anchors, 0))));
	STACK_OF(X509) *sent = stack_of(rogue->leaf->certificate, rogue->intermediate->certificate, rogue->root->certificate, NULL);
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, sent, NULL, &err), &err);
	assert_true(err.hint[0] != '\0');

	/* the same without key identifiers, so that nothing but the signature tells the two roots apart */
	X509 *intermediate = without_aki(test, rogue->intermediate->certificate, rogue->root);
	STACK_OF(X509) *bare = stack_of(rogue->leaf->certificate, intermediate, NULL);
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, bare, NULL, &err), &err);
	assert_says(&err, "is not signed by the key of Security Communication RootCA2");
	X509_free(intermediate);
	pki_server_chain_free(rogue);
	naccs_trust_free(trust);
}

/* The certificate with another extended key usage, signed again. */
static X509 *with_usage(struct trust_test *test, X509 *certificate, const char *usage, const struct pki_identity *issuer)
{
	X509 *copy = X509_dup(certificate);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, usage);
	assert_int_equal(1, X509_add_ext(copy, extension, -1));
	X509_EXTENSION_free(extension);
	resign(test, copy, issuer);
	return copy;
}

static void good_intermediate_is_found_among_cross_signed_ones_and_namesakes(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	struct pki_identity *other = pki_make_server_root(test->pki, PKI_EC, test->now);
	struct pki_identity *cross = pki_issue(test->pki, other,
					       &(struct pki_spec){.profile = PKI_INTERMEDIATE,
								  .name = chain_fixture_g4,
								  .key = fixture->pki->intermediate->key,
								  .not_before = test->now - 1000,
								  .not_after = test->now + 1000});
	struct pki_identity *namesake = pki_make_server_intermediate(test->pki, fixture->pki->root, PKI_EC, test->now);
	X509 *leaf = without_aki(test, fixture->pki->leaf->certificate, fixture->pki->intermediate);
	X509 *good = fixture->pki->intermediate->certificate;
	assert_status(NACCS_OK, judge(fixture, stack_of(leaf, cross->certificate, good, NULL), stack_of(namesake->certificate, NULL), &err),
		      &err);
	assert_status(NACCS_OK, judge(fixture, stack_of(leaf, namesake->certificate, NULL), stack_of(cross->certificate, good, NULL), &err),
		      &err);
	X509_free(leaf);
	pki_identity_free(namesake);
	pki_identity_free(cross);
	pki_identity_free(other);
}

static void weak_issuance_that_is_sent_gives_way_to_the_bundled_one(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	struct pki_server_chain *rsa = pki_make_server_chain(test->pki, trust_test_hosts, PKI_RSA, test->now);
	struct pki_identity *weak = pki_issue(test->pki, rsa->root,
					      &(struct pki_spec){.profile = PKI_INTERMEDIATE,
								 .name = chain_fixture_g4,
								 .key = rsa->intermediate->key,
								 .digest = "SHA1",
								 .not_before = test->now - 1000,
								 .not_after = test->now + 1000});
	STACK_OF(X509) *anchors = stack_of(rsa->root->certificate, NULL);
	X509 *leaf = rsa->leaf->certificate, *good = rsa->intermediate->certificate;
	fixture->check.anchors = anchors;
	assert_status(NACCS_E_TLS_UNTRUSTED, judge(fixture, stack_of(leaf, weak->certificate, NULL), NULL, &err), &err);
	assert_status(NACCS_OK, judge(fixture, stack_of(leaf, weak->certificate, NULL), stack_of(good, NULL), &err), &err);
	drop(anchors);
	pki_identity_free(weak);
	pki_server_chain_free(rsa);
}

static void anchor_that_its_own_key_did_not_sign_ends_no_chain(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	struct pki_identity *other = pki_make_server_root(test->pki, PKI_EC, test->now);
	X509 *forged = X509_dup(fixture->pki->root->certificate);
	resign(test, forged, other);
	STACK_OF(X509) *anchors = stack_of(forged, NULL);
	fixture->check.anchors = anchors;
	assert_status(NACCS_E_TLS_UNTRUSTED,
		      judge(fixture, stack_of(fixture->pki->leaf->certificate, fixture->pki->intermediate->certificate, NULL), NULL, &err),
		      &err);
	drop(anchors);
	X509_free(forged);
	pki_identity_free(other);
}

static void intermediate_must_be_allowed_to_issue_servers(void **state)
{
	struct chain_fixture *fixture = *state;
	struct naccs_error err = {0};
	struct trust_test *test = fixture->test;
	X509 *for_clients = with_usage(test, fixture->pki->intermediate->certificate, "clientAuth", fixture->pki->root);
	X509 *for_servers = with_usage(test, fixture->pki->intermediate->certificate, "serverAuth", fixture->pki->root);
	assert_status(NACCS_E_TLS_UNTRUSTED,
		      naccs_chain_check_intermediate(test->crypto, for_clients, fixture->anchors, test->now, NULL, &err), &err);
	assert_says(&err, "may not issue");
	assert_status(NACCS_OK, naccs_chain_check_intermediate(test->crypto, for_servers, fixture->anchors, test->now, NULL, &err), &err);
	X509_free(for_servers);
	X509_free(for_clients);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, chain_fixture_setup, chain_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(missing_intermediate_is_taken_from_the_bundle),
		TEST(namesake_intermediate_does_not_break_a_chain_without_key_identifiers),
		TEST(namesake_anchor_does_not_break_a_chain),
		TEST(cross_signed_intermediate_leads_only_to_our_anchor),
		TEST(intermediate_among_the_anchors_ends_no_chain),
		TEST(expired_intermediate_is_replaced_by_a_bundled_one),
		TEST(leaf_is_no_issuer),
		TEST(intermediate_is_checked_against_the_anchors_alone),
		TEST(rogue_root_with_rootca2s_name_is_refused),
		TEST(good_intermediate_is_found_among_cross_signed_ones_and_namesakes),
		TEST(weak_issuance_that_is_sent_gives_way_to_the_bundled_one),
		TEST(anchor_that_its_own_key_did_not_sign_ends_no_chain),
		TEST(intermediate_must_be_allowed_to_issue_servers),
	};
	return cmocka_run_group_tests_name("trust-issuers", tests, NULL, NULL);
}
