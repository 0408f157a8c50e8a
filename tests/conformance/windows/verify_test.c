/* SPDX-License-Identifier: Apache-2.0 */
/* Why: Windows's own verdict is what its programs act on. It has to be its own: good for what we installed, bad when trust, name or time
 * are not right, with the reason. */
#include "pki.h" /* first: suite.h makes a keyword of noreturn */

#include "windows_test.h"

#include <stdlib.h>
#include <string.h>

#define HOST "www.naccs.jp"
#define YEAR (INT64_C(365) * 86400)

/* A server's chain, and an installation that trusts its root. */
struct scene {
	struct ground ground;
	struct input input;
	struct pki *pki;
	struct pki_server_chain *chain;
	struct naccs_bytes server_chain[2];
	int64_t now;
};

static struct naccs_bytes der_of(X509 *certificate)
{
	size_t length = 0;
	uint8_t *der = pki_der(certificate, &length);

	return (struct naccs_bytes){der, length};
}

static void scene_make(struct scene *scene, struct suite *suite)
{
	static const char *const hosts[] = {HOST, NULL};

	*scene = (struct scene){.ground = windows_ground(suite), .input = *inputs_get(suite->inputs, INPUT_RSA), .pki = pki_new()};
	scene->now = scene->input.installation.not_before + YEAR;
	scene->chain = pki_make_server_chain(scene->pki, hosts, PKI_RSA, scene->now);
	scene->input.server_anchor = der_of(scene->chain->root->certificate);
	scene->input.installation.server_anchors = &scene->input.server_anchor;
	scene->input.installation.server_intermediate_count = 0;
	scene->server_chain[0] = der_of(scene->chain->leaf->certificate);
	scene->server_chain[1] = der_of(scene->chain->intermediate->certificate);
}

static void check_verify(struct session *session, const struct scene *scene, const char *host, int64_t time, int32_t client, int32_t server,
			 const char *reason)
{
	struct naccs_verify_request request = {
		.size = sizeof request, .server_chain = scene->server_chain, .server_chain_count = 2, .server_name = host, .time = time};
	struct naccs_verify_answer answer = {.size = sizeof answer};

	memcpy(request.certificate, scene->input.installation.sha256, sizeof request.certificate);
	check_ok(session->ground->suite->backend->verify(session->store, &request, &answer, &session->err), &session->err);
	check(answer.client_chain == client && answer.server_chain == server, "Windows says %d, %d, wanted %d, %d: %s", answer.client_chain,
	      answer.server_chain, client, server, answer.reason);
	check(reason == NULL ? answer.reason[0] == '\0' : strstr(answer.reason, reason) != NULL, "the reason is \"%s\"", answer.reason);
}

static void windows_agrees_with_what_was_installed(struct suite *suite)
{
	struct scene scene;
	struct session session;

	scene_make(&scene, suite);
	session_open(&session, &scene.ground, NACCS_ACCESS_WRITE);
	struct ledger ledger = session_plan(&session, &scene.input);
	session_stage(&session, &scene.input, &ledger);
	check_verify(&session, &scene, HOST, scene.now, 1, 1, NULL); /* in the very session that wrote it */
	session_commit(&session, &scene.input, &ledger);
	session_close(&session);
	session_open(&session, &scene.ground, NACCS_ACCESS_READ);
	check_verify(&session, &scene, HOST, scene.now, 1, 1, NULL);
	session_close(&session);
}

static void windows_disagrees_where_it_should(struct suite *suite)
{
	struct scene scene;
	struct session session;
	struct pki *pki = pki_new();
	static const char *const hosts[] = {HOST, NULL};

	scene_make(&scene, suite);
	(void)install(&scene.ground, &scene.input);
	session_open(&session, &scene.ground, NACCS_ACCESS_READ);
	check_verify(&session, &scene, "www.example.org", scene.now, 1, 0, "name");
	check_verify(&session, &scene, HOST, scene.now + YEAR, 1, 0, "server chain: a certificate is expired");
	check_verify(&session, &scene, HOST, scene.now + 5 * YEAR, 0, 0, "client certificate: a certificate is expired");
	struct pki_server_chain *other = pki_make_server_chain(pki, hosts, PKI_RSA, scene.now);
	scene.server_chain[0] = der_of(other->leaf->certificate);
	scene.server_chain[1] = der_of(other->intermediate->certificate);
	check_verify(&session, &scene, HOST, scene.now, 1, 0, "server chain: ");
	memset(scene.input.installation.sha256, 0, NACCS_SHA256_SIZE);
	struct naccs_verify_request request = {.size = sizeof request, .time = scene.now};
	struct naccs_verify_answer answer = {.size = sizeof answer};
	check_status(suite->backend->verify(session.store, &request, &answer, &session.err), NACCS_E_VERIFY_NONE, &session.err);
	session_close(&session);
	pki_server_chain_free(other);
	pki_free(pki);
}

const struct test windows_tests_verify[] = {
	{"Windows agrees with what was installed", windows_agrees_with_what_was_installed},
	{"Windows disagrees where it should", windows_disagrees_where_it_should},
	{NULL, NULL},
};
