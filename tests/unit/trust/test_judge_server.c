/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the judge's truth table for the servers' chain: which anchors, on which basis, as of when. */
#include "judge_fixture.h"

#include <openssl/x509v3.h>

static void assert_true_on(struct judge_fixture *fixture, enum naccs_basis basis)
{
	judge_now(fixture);
	if (fixture->verdict.server_chain != NACCS_TRUE)
		fail_msg("%s", fixture->verdict.server_chain_error.message);
	assert_int_equal(basis, fixture->verdict.basis);
	assert_int_equal(NACCS_TRUE, fixture->verdict.key);
	assert_int_equal(NACCS_TRUE, fixture->verdict.client_chain);
}

static void assert_false_for(struct judge_fixture *fixture, enum naccs_basis basis, naccs_status status, const char *words)
{
	judge_now(fixture);
	assert_int_equal(NACCS_FALSE, fixture->verdict.server_chain);
	assert_int_equal(basis, fixture->verdict.basis);
	assert_status(status, fixture->verdict.server_chain_error.status, &fixture->verdict.server_chain_error);
	assert_says(&fixture->verdict.server_chain_error, words);
	assert_false(naccs_verdict_is_good(&fixture->verdict));
}

static void assert_unknown(struct judge_fixture *fixture)
{
	judge_now(fixture);
	assert_int_equal(NACCS_UNKNOWN, fixture->verdict.server_chain);
	assert_int_equal(NACCS_BASIS_NONE, fixture->verdict.basis);
	assert_true(naccs_verdict_is_good(&fixture->verdict));
}

static struct pki_identity *make_other_root(struct judge_fixture *fixture)
{
	static const char *const name[] = {"C=JP", "CN=Example TLS Root", NULL};
	int64_t now = fixture->test->now;
	return pki_issue(fixture->test->pki, NULL,
			 &(struct pki_spec){.profile = PKI_ROOT, .name = name, .not_before = now - 1000, .not_after = now + 1000});
}

static void missing_anchor_is_false(void **state)
{
	struct judge_fixture *fixture = *state;
	put(&fixture->anchors, NULL);
	assert_false_for(fixture, NACCS_BASIS_NONE, NACCS_E_VERIFY_FAILED, "does not hold the TLS root Security Communication RootCA2");
	assert_null(fixture->verdict.anchor);
	drop(fixture->expectation.installed_anchors);
	fixture->expectation.installed_anchors = NULL;
	assert_false_for(fixture, NACCS_BASIS_NONE, NACCS_E_VERIFY_FAILED, "holds no root");
	fixture->expectation.anchors_elsewhere = true;
	assert_unknown(fixture);
}

static void other_anchor_is_false(void **state)
{
	struct judge_fixture *fixture = *state;
	struct pki_identity *other = make_other_root(fixture);
	put(&fixture->anchors, stack_of(other->certificate, NULL));
	assert_false_for(fixture, NACCS_BASIS_NONE, NACCS_E_VERIFY_FAILED, "does not hold the TLS root Security Communication RootCA2");
	assert_string_equal("Example TLS Root", fixture->verdict.anchor->common_name);
	fixture->expectation.anchors_elsewhere = true; /* holds one after all: judged */
	assert_false_for(fixture, NACCS_BASIS_NONE, NACCS_E_VERIFY_FAILED, "does not hold the TLS root");
	pki_identity_free(other);
}

static void rogue_anchor_of_the_name_is_false(void **state)
{
	struct judge_fixture *fixture = *state;
	struct pki_identity *rogue = pki_make_server_root(fixture->test->pki, PKI_EC, fixture->test->now);
	put(&fixture->anchors, stack_of(rogue->certificate, NULL));
	assert_false_for(fixture, NACCS_BASIS_NONE, NACCS_E_VERIFY_FAILED, "another of the same name");
	put(&fixture->anchors, stack_of(fixture->server->root->certificate, rogue->certificate, NULL));
	assert_false_for(fixture, NACCS_BASIS_NONE, NACCS_E_VERIFY_FAILED, "which was not installed");
	fixture->expectation.anchors_shared = true;
	assert_false_for(fixture, NACCS_BASIS_NONE, NACCS_E_VERIFY_FAILED, "which was not installed");
	pki_identity_free(rogue);
}

static void foreign_anchor_beside_ours_is_false_unless_the_store_is_shared(void **state)
{
	struct judge_fixture *fixture = *state;
	struct pki_identity *other = make_other_root(fixture);
	put(&fixture->anchors, stack_of(other->certificate, fixture->server->root->certificate, NULL));
	assert_false_for(fixture, NACCS_BASIS_NONE, NACCS_E_VERIFY_FAILED, "Example TLS Root, which was not installed");
	fixture->expectation.anchors_shared = true;
	assert_true_on(fixture, NACCS_BASIS_BUNDLED);
	assert_string_equal("Security Communication RootCA2", fixture->verdict.anchor->common_name);
	pki_identity_free(other);
}

static void genuine_root_beside_ours_is_no_fault_in_a_shared_store(void **state)
{
	struct judge_fixture *fixture = *state;
	struct naccs_trust *trust = NULL;
	assert_int_equal(naccs_trust_new(fixture->test->crypto, &trust, NULL), NACCS_OK);
	X509 *genuine = sk_X509_value(naccs_trust_anchors(trust), 0);
	put(&fixture->anchors, stack_of(genuine, fixture->server->root->certificate, NULL));
	assert_false_for(fixture, NACCS_BASIS_NONE, NACCS_E_VERIFY_FAILED, "which was not installed");
	fixture->expectation.anchors_shared = true;
	assert_true_on(fixture, NACCS_BASIS_BUNDLED);
	naccs_trust_free(trust);
}

static void bundled_basis_needs_an_intermediate_signed_by_the_anchor(void **state)
{
	struct judge_fixture *fixture = *state;
	struct pki_server_chain *rogue = pki_make_server_chain(fixture->test->pki, trust_test_hosts, PKI_EC, fixture->test->now);
	put(&fixture->intermediates, NULL);
	assert_unknown(fixture);
	put(&fixture->intermediates, stack_of(rogue->intermediate->certificate, NULL)); /* names fit, the signature does not */
	assert_unknown(fixture);
	put(&fixture->intermediates, stack_of(rogue->intermediate->certificate, fixture->server->intermediate->certificate, NULL));
	assert_true_on(fixture, NACCS_BASIS_BUNDLED);
	put(&fixture->intermediates, NULL);
	STACK_OF(X509) *held = stack_of(fixture->server->intermediate->certificate, NULL);
	fixture->evidence.server_intermediates = held; /* the store's own */
	assert_true_on(fixture, NACCS_BASIS_BUNDLED);
	fixture->evidence.server_intermediates = NULL;
	drop(held);
	put(&fixture->intermediates, stack_of(fixture->server->root->certificate, NULL)); /* the anchor itself proves nothing */
	judge_now(fixture);
	assert_int_equal(NACCS_UNKNOWN, fixture->verdict.server_chain);
	pki_server_chain_free(rogue);
}

static struct pki_identity *make_old_intermediate(struct judge_fixture *fixture)
{
	static const char *const g4[] = {"C=JP", "O=Cybertrust Japan Co., Ltd.", "CN=Cybertrust Japan SureServer CA G4", NULL};
	int64_t now = fixture->test->now;
	return pki_issue(fixture->test->pki, fixture->server->root,
			 &(struct pki_spec){.profile = PKI_INTERMEDIATE,
					    .name = g4,
					    .key = fixture->server->intermediate->key,
					    .not_before = now - 2000,
					    .not_after = now - 1000});
}

static void bundled_basis_takes_the_best_intermediate(void **state)
{
	struct judge_fixture *fixture = *state;
	struct pki_identity *old = make_old_intermediate(fixture);
	put(&fixture->intermediates, stack_of(old->certificate, NULL));
	assert_false_for(fixture, NACCS_BASIS_BUNDLED, NACCS_E_TLS_EXPIRED, "Cybertrust Japan SureServer CA G4 has expired");
	X509 *for_clients = X509_dup(fixture->server->intermediate->certificate);
	X509_EXTENSION *usage = X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "clientAuth");
	assert_int_equal(1, X509_add_ext(for_clients, usage, -1));
	X509_EXTENSION_free(usage);
	resign(fixture->test, for_clients, fixture->server->root);
	put(&fixture->intermediates, stack_of(for_clients, NULL));
	assert_false_for(fixture, NACCS_BASIS_BUNDLED, NACCS_E_TLS_UNTRUSTED, "may not issue");
	put(&fixture->intermediates, stack_of(for_clients, old->certificate, NULL)); /* expired tells more */
	assert_false_for(fixture, NACCS_BASIS_BUNDLED, NACCS_E_TLS_EXPIRED, "has expired");
	put(&fixture->intermediates, stack_of(old->certificate, for_clients, NULL));
	assert_false_for(fixture, NACCS_BASIS_BUNDLED, NACCS_E_TLS_EXPIRED, "has expired");
	put(&fixture->intermediates, stack_of(old->certificate, fixture->server->intermediate->certificate, for_clients, NULL));
	assert_true_on(fixture, NACCS_BASIS_BUNDLED);
	X509_free(for_clients);
	pki_identity_free(old);
}

static void bundled_basis_is_judged_as_of_the_rules_clock(void **state)
{
	struct judge_fixture *fixture = *state;
	fixture->expectation.now = at("2036-07-01T00:00:00Z");
	put_client(fixture, fixture->ca, PKI_EC);
	judge_now(fixture);
	assert_int_equal(NACCS_FALSE, fixture->verdict.server_chain);
	assert_int_equal(NACCS_E_TLS_EXPIRED, fixture->verdict.server_chain_error.status);
	assert_says(&fixture->verdict.server_chain_error, "Security Communication RootCA2 has expired");
	assert_int_equal(at("2036-07-01T00:00:00Z"), fixture->verdict.basis_time);
}

static void recorded_chain_is_judged_as_of_its_recording(void **state)
{
	struct judge_fixture *fixture = *state;
	fixture->expectation.recorded = &fixture->recorded;
	assert_true_on(fixture, NACCS_BASIS_RECORDED);
	assert_int_equal(fixture->recorded.recorded_at, fixture->verdict.basis_time);
	fixture->expectation.now = at("2027-12-01T00:00:00Z"); /* the leaf has ended since */
	assert_true_on(fixture, NACCS_BASIS_RECORDED);
	fixture->recorded.recorded_at = at("2027-11-01T00:00:00Z"); /* it had ended already */
	assert_false_for(fixture, NACCS_BASIS_RECORDED, NACCS_E_TLS_EXPIRED, HOST " has expired");
}

static void recorded_chain_needs_an_anchor_that_is_valid_now(void **state)
{
	struct judge_fixture *fixture = *state;
	fixture->expectation.recorded = &fixture->recorded;
	fixture->expectation.now = at("2036-07-01T00:00:00Z");
	judge_now(fixture);
	assert_int_equal(NACCS_FALSE, fixture->verdict.server_chain);
	assert_int_equal(NACCS_BASIS_RECORDED, fixture->verdict.basis);
	assert_int_equal(NACCS_E_TLS_EXPIRED, fixture->verdict.server_chain_error.status);
	assert_says(&fixture->verdict.server_chain_error, "Security Communication RootCA2 has expired");
	assert_says(&fixture->verdict.server_chain_error, "2036-07-01");
}

static void recorded_chain_must_lead_to_the_anchor_in_the_store(void **state)
{
	struct judge_fixture *fixture = *state;
	struct pki_server_chain *rogue = pki_make_server_chain(fixture->test->pki, trust_test_hosts, PKI_EC, fixture->test->now);
	fixture->expectation.recorded = &fixture->recorded;
	put(&fixture->server_chain, stack_of(rogue->leaf->certificate, rogue->intermediate->certificate, rogue->root->certificate, NULL));
	assert_false_for(fixture, NACCS_BASIS_RECORDED, NACCS_E_TLS_UNTRUSTED, HOST);
	put(&fixture->server_chain, stack_of(fixture->server->leaf->certificate, NULL)); /* recorded without its intermediate */
	assert_true_on(fixture, NACCS_BASIS_RECORDED);
	static char other_host[] = "other.example";
	fixture->recorded.host = other_host;
	assert_false_for(fixture, NACCS_BASIS_RECORDED, NACCS_E_TLS_NAME, "other.example");
	pki_server_chain_free(rogue);
}

static void live_chain_goes_first_and_by_the_real_clock(void **state)
{
	struct judge_fixture *fixture = *state;
	struct pki_server_chain *rogue = pki_make_server_chain(fixture->test->pki, trust_test_hosts, PKI_EC, fixture->test->now);
	STACK_OF(X509) *bad = stack_of(rogue->leaf->certificate, rogue->intermediate->certificate, NULL);
	fixture->expectation.recorded = &fixture->recorded;
	fixture->expectation.live_chain = fixture->server_chain;
	fixture->expectation.live_host = HOST;
	fixture->expectation.live_time = fixture->test->now;
	assert_true_on(fixture, NACCS_BASIS_LIVE);
	fixture->expectation.now = at("2027-12-01T00:00:00Z"); /* --at moves the rules, not the live chain */
	assert_true_on(fixture, NACCS_BASIS_LIVE);
	assert_int_equal(fixture->test->now, fixture->verdict.basis_time);
	fixture->expectation.live_time = at("2027-12-01T00:00:00Z");
	assert_false_for(fixture, NACCS_BASIS_LIVE, NACCS_E_TLS_EXPIRED, HOST " has expired");
	fixture->expectation.live_time = fixture->test->now;
	fixture->expectation.live_host = "web-prod.nac.naccs.jp";
	assert_false_for(fixture, NACCS_BASIS_LIVE, NACCS_E_TLS_NAME, "web-prod.nac.naccs.jp");
	fixture->expectation.live_host = HOST;
	fixture->expectation.live_chain = bad; /* a good recording does not help it */
	assert_false_for(fixture, NACCS_BASIS_LIVE, NACCS_E_TLS_UNTRUSTED, HOST);
	drop(bad);
	pki_server_chain_free(rogue);
}

static void live_chain_without_a_time_is_judged_by_the_machines_clock(void **state)
{
	struct judge_fixture *fixture = *state;
	int64_t real = naccs_clock_now();
	struct pki_server_chain *server = pki_make_server_chain(fixture->test->pki, trust_test_hosts, PKI_EC, real);
	STACK_OF(X509) *live = stack_of(server->leaf->certificate, server->intermediate->certificate, NULL);
	put(&fixture->anchors, stack_of(server->root->certificate, NULL));
	drop(fixture->expectation.installed_anchors);
	fixture->expectation.installed_anchors = stack_of(server->root->certificate, NULL);
	fixture->expectation.live_chain = live;
	fixture->expectation.live_host = HOST;
	assert_true_on(fixture, NACCS_BASIS_LIVE);
	assert_true(fixture->verdict.basis_time >= real);
	drop(live);
	pki_server_chain_free(server);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, judge_fixture_setup, judge_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(missing_anchor_is_false),
		TEST(other_anchor_is_false),
		TEST(rogue_anchor_of_the_name_is_false),
		TEST(foreign_anchor_beside_ours_is_false_unless_the_store_is_shared),
		TEST(genuine_root_beside_ours_is_no_fault_in_a_shared_store),
		TEST(bundled_basis_needs_an_intermediate_signed_by_the_anchor),
		TEST(bundled_basis_takes_the_best_intermediate),
		TEST(bundled_basis_is_judged_as_of_the_rules_clock),
		TEST(recorded_chain_is_judged_as_of_its_recording),
		TEST(recorded_chain_needs_an_anchor_that_is_valid_now),
		TEST(recorded_chain_must_lead_to_the_anchor_in_the_store),
		TEST(live_chain_goes_first_and_by_the_real_clock),
		TEST(live_chain_without_a_time_is_judged_by_the_machines_clock),
	};
	return cmocka_run_group_tests_name("trust-judge-server", tests, NULL, NULL);
}
