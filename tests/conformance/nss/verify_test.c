/* SPDX-License-Identifier: Apache-2.0 */
/* Why: NSS's own verdict is what its programs act on. It has to be its own: good for what we installed, bad when trust, name or time are
 * not right. */
#include "pki.h" /* first: suite.h makes a keyword of noreturn */

#include "nss_test.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define HOST "www.naccs.jp"
#define YEAR (INT64_C(365) * 86400)

/* A server's chain, and an installation that trusts its root. */
struct scene {
	struct ground ground;
	struct input input;
	struct pki *pki;
	struct pki_server_chain *chain;
	struct naccs_bytes server_chain[2];
	size_t server_chain_count;
	int64_t now;
};

static struct naccs_bytes der_of(X509 *certificate)
{
	size_t length = 0;
	uint8_t *der = pki_der(certificate, &length);

	return (struct naccs_bytes){der, length};
}

static void scene_make(struct scene *scene, struct suite *suite, enum pki_key_type key_type)
{
	static const char *const hosts[] = {HOST, NULL};

	*scene = (struct scene){.ground = nss_ground_made(suite), .input = *inputs_get(suite->inputs, INPUT_EC), .pki = pki_new()};
	scene->now = scene->input.installation.not_before + YEAR;
	scene->chain = pki_make_server_chain(scene->pki, hosts, key_type, scene->now);
	scene->input.server_anchor = der_of(scene->chain->root->certificate);
	scene->input.installation.server_anchors = &scene->input.server_anchor;
	scene->input.installation.server_intermediate_count = 0;
	scene->server_chain[0] = der_of(scene->chain->leaf->certificate);
	scene->server_chain[1] = der_of(scene->chain->intermediate->certificate);
	scene->server_chain_count = 2;
}

static struct naccs_verify_answer verify(struct session *session, const struct scene *scene, const char *host, int64_t time)
{
	struct naccs_verify_request request = {
		.size = sizeof request,
		.server_chain = scene->server_chain,
		.server_chain_count = scene->server_chain_count,
		.server_name = host,
		.time = time,
	};
	struct naccs_verify_answer answer = {.size = sizeof answer};

	memcpy(request.certificate, scene->input.installation.sha256, sizeof request.certificate);
	check_ok(session->ground->suite->backend->verify(session->store, &request, &answer, &session->err), &session->err);
	return answer;
}

/* No server was met: what lies in the database is all there is. */
static struct naccs_verify_answer verify_alone(struct session *session, const struct scene *scene, int64_t time)
{
	struct scene alone = *scene;

	alone.server_chain_count = 0;
	return verify(session, &alone, NULL, time);
}

static void check_answer(struct naccs_verify_answer answer, int32_t client, int32_t server)
{
	check(answer.client_chain == client && answer.server_chain == server, "NSS says %d, %d, wanted %d, %d: %s", answer.client_chain,
	      answer.server_chain, client, server, answer.reason);
	check((answer.reason[0] == '\0') == (client != 0 && server != 0), "the reason is \"%s\"", answer.reason);
}

static void nss_agrees_with_what_was_installed(struct suite *suite)
{
	static const enum pki_key_type types[] = {PKI_EC, PKI_RSA};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct scene scene;
		struct session session;
		struct suite own = *suite;
		own.work = text_of("%s/%zu", suite->work, i);
		run_program(PROGRAM("mkdir", own.work));
		scene_make(&scene, &own, types[i]);
		session_open(&session, &scene.ground, NACCS_ACCESS_WRITE);
		struct ledger ledger = session_plan(&session, &scene.input);
		session_stage(&session, &scene.input, &ledger);
		check_answer(verify(&session, &scene, HOST, scene.now), 1, 1); /* in the very session that wrote it */
		session_commit(&session, &scene.input, &ledger);
		session_close(&session);
		session_open(&session, &scene.ground, NACCS_ACCESS_READ);
		check_answer(verify(&session, &scene, HOST, scene.now), 1, 1);
		session_close(&session);
	}
}

static void nss_disagrees_where_it_should(struct suite *suite)
{
	struct scene scene;
	struct session session;

	scene_make(&scene, suite, PKI_EC);
	(void)install(&scene.ground, &scene.input);
	session_open(&session, &scene.ground, NACCS_ACCESS_READ);
	check_answer(verify(&session, &scene, "www.example.org", scene.now), 1, 0);
	check_answer(verify(&session, &scene, HOST, scene.now + YEAR), 1, 0);
	check_answer(verify(&session, &scene, HOST, scene.now + 5 * YEAR), 0, 0);
	session_close(&session);
	certutil(&scene.ground, "-M", "-n", ANCHOR_NAME, "-t", ",,");
	session_open(&session, &scene.ground, NACCS_ACCESS_READ);
	check_answer(verify(&session, &scene, HOST, scene.now), 1, 0);
	session_close(&session);
	certutil(&scene.ground, "-M", "-n", ANCHOR_NAME, "-t", "C,,");
	certutil(&scene.ground, "-M", "-n", CA_NAME, "-t", ",,");
	session_open(&session, &scene.ground, NACCS_ACCESS_READ);
	check_answer(verify(&session, &scene, HOST, scene.now), 0, 1);
	session_close(&session);
}

static void without_a_server_its_intermediates_are_judged(struct suite *suite)
{
	struct scene scene;
	struct session session;

	scene_make(&scene, suite, PKI_EC);
	(void)install(&scene.ground, &scene.input);
	session_open(&session, &scene.ground, NACCS_ACCESS_READ);
	check_answer(verify_alone(&session, &scene, scene.now), 1, -1); /* there are none */
	session_close(&session);
	add_certificate(&scene.ground, "its intermediate", ",,", scene.server_chain[1]);
	session_open(&session, &scene.ground, NACCS_ACCESS_READ);
	check_answer(verify_alone(&session, &scene, scene.now), 1, 1);
	check_answer(verify_alone(&session, &scene, scene.now + 50 * YEAR), 0, 0);
	session_close(&session);
	certutil(&scene.ground, "-M", "-n", "its intermediate", "-t", "p,,");
	session_open(&session, &scene.ground, NACCS_ACCESS_READ);
	check_answer(verify_alone(&session, &scene, scene.now), 1, 0);
	session_close(&session);
}

/* The client CA must not vouch for a server. */
static void a_forged_server_below_the_client_ca_is_refused(struct suite *suite)
{
	static const char *const hosts[] = {HOST, NULL};
	struct scene scene;
	struct session session;

	scene_make(&scene, suite, PKI_EC);
	struct pki_identity *ca = pki_make_client_ca(scene.pki, PKI_EC, scene.now);
	struct pki_identity *forged = pki_make_server_leaf(scene.pki, ca, hosts, PKI_EC, scene.now - YEAR, scene.now + YEAR);
	struct pki_identity *client = pki_make_client(scene.pki, ca, "11110A", PKI_EC, scene.now - YEAR, scene.now + YEAR);
	scene.server_chain[0] = der_of(forged->certificate);
	scene.server_chain[1] = der_of(ca->certificate);
	(void)install(&scene.ground, &scene.input);
	add_certificate(&scene.ground, "its CA", "T,,", scene.server_chain[1]);
	session_open(&session, &scene.ground, NACCS_ACCESS_READ);
	check_answer(verify(&session, &scene, HOST, scene.now), 1, 0);
	session_close(&session);
	pki_identity_free(forged);
	pki_identity_free(client);
	pki_identity_free(ca);
}

/* An RSA leaf that may sign and nothing else. */
static void a_leaf_that_may_only_sign_is_good(struct suite *suite)
{
	struct scene scene;
	struct session session;

	scene_make(&scene, suite, PKI_RSA);
	X509 *leaf = scene.chain->leaf->certificate;
	int at = X509_get_ext_by_NID(leaf, NID_key_usage, -1);
	check(at >= 0, "the leaf has no key usage");
	X509_EXTENSION_free(X509_delete_ext(leaf, at));
	X509_EXTENSION *usage = X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, "critical,digitalSignature");
	EVP_MD *sha256 = EVP_MD_fetch(pki_libctx(scene.pki), "SHA256", NULL);
	check(usage != NULL && X509_add_ext(leaf, usage, -1) == 1 && X509_sign(leaf, scene.chain->intermediate->key, sha256) > 0,
	      "cannot sign the leaf");
	X509_EXTENSION_free(usage);
	EVP_MD_free(sha256);
	scene.server_chain[0] = der_of(leaf);
	(void)install(&scene.ground, &scene.input);
	session_open(&session, &scene.ground, NACCS_ACCESS_READ);
	check_answer(verify(&session, &scene, HOST, scene.now), 1, 1);
	/* That alone is forgiven. */
	check_answer(verify(&session, &scene, HOST, scene.now + YEAR), 1, 0);
	check_answer(verify(&session, &scene, "www.example.org", scene.now), 1, 0);
	session_close(&session);
	certutil(&scene.ground, "-M", "-n", ANCHOR_NAME, "-t", ",,");
	session_open(&session, &scene.ground, NACCS_ACCESS_READ);
	check_answer(verify(&session, &scene, HOST, scene.now), 1, 0);
	session_close(&session);
}

const struct test nss_tests_verify[] = {
	{"NSS agrees with what was installed", nss_agrees_with_what_was_installed},
	{"NSS disagrees where it should", nss_disagrees_where_it_should},
	{"without a server its intermediates are judged", without_a_server_its_intermediates_are_judged},
	{"a forged server below the client CA is refused", a_forged_server_below_the_client_ca_is_refused},
	{"an RSA leaf that may only sign is good, and that alone is forgiven", a_leaf_that_may_only_sign_is_good},
	{NULL, NULL},
};
