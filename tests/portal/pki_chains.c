/* SPDX-License-Identifier: Apache-2.0 */
/* Why: one server context for every right and wrong chain that a listener can present. */
#include "pki.h"
#include "pki_make.h"
#include "pki_set.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <time.h>

#define HOSTS                                                                                                                              \
	"DNS:cert.nac.naccs.jp,DNS:web-prod.nac.naccs.jp,DNS:uac21j0vvasdpv9j7.nac.naccs.jp,DNS:acjh4icrfmdu4utg7.nac.naccs.jp,"           \
	"DNS:www.cybertrust.ne.jp,DNS:localhost"

/* How each chain departs from the good leaf. */
static const struct leaf {
	const char *alternative_names, *common_name, *extended_usage;
	int from_days, until_days;
} good_leaf = {HOSTS, "cert.nac.naccs.jp", "serverAuth,clientAuth", -2, 365};

static struct leaf leaf_of(enum chain chain)
{
	struct leaf leaf = good_leaf;
	switch (chain) {
	case CHAIN_WRONG_HOST:
		leaf.common_name = "cert.nac.naccs.jp.example";
		leaf.alternative_names = "DNS:cert.nac.naccs.jp.example,DNS:*.naccs.jp";
		break;
	case CHAIN_COMMON_NAME:
		leaf.alternative_names = "DNS:other.example";
		break;
	case CHAIN_FOREIGN:
		leaf.common_name = "foreign.example";
		leaf.alternative_names = "DNS:foreign.example,DNS:localhost";
		break;
	case CHAIN_EXPIRED:
		leaf.from_days = -400;
		leaf.until_days = -1;
		break;
	case CHAIN_NOT_YET:
		leaf.from_days = 2;
		break;
	case CHAIN_CLIENT_ONLY:
		leaf.extended_usage = "clientAuth";
		break;
	default:
		break;
	}
	return leaf;
}

static X509 *make_leaf(struct pki *pki, enum chain chain, X509 *signer, EVP_PKEY *signer_key)
{
	struct leaf leaf = leaf_of(chain);
	int64_t now = (int64_t)time(NULL);
	struct certificate_spec spec = {.organization = "Nippon Automated Cargo And Port Consolidated System, Inc.",
					.common_name = leaf.common_name,
					.alternative_names = leaf.alternative_names,
					.extended_usage = leaf.extended_usage,
					.key_usage = "critical,digitalSignature",
					.constraints = "critical,CA:FALSE",
					.from = now + (int64_t)leaf.from_days * 86400,
					.until = now + (int64_t)leaf.until_days * 86400,
					.serial = 0x100 + (uint64_t)chain};
	return pki_certificate(pki->context, &spec, pki->leaf_key, signer, signer_key);
}

static void send_also(SSL_CTX *server, X509 *certificate)
{
	if (SSL_CTX_add1_chain_cert(server, certificate) != 1)
		pki_die("add to a chain");
}

/* Everything that follows the leaf. */
static void send_chain(struct pki *pki, SSL_CTX *server, enum chain chain)
{
	switch (chain) {
	case CHAIN_NO_INTERMEDIATE:
	case CHAIN_SELF_SIGNED:
	case CHAIN_ROGUE_LEAF:
		return;
	case CHAIN_MISORDERED:
		send_also(server, pki->root.certificate);
		break;
	case CHAIN_ROGUE_ROOT:
		send_also(server, pki->rogue_intermediate.certificate);
		send_also(server, pki->rogue_root.certificate);
		return;
	case CHAIN_INTERCEPTED:
		send_also(server, pki->interceptor.certificate);
		return;
	case CHAIN_CROSS_SIGNED:
		send_also(server, pki->rogue_intermediate.certificate);
		send_also(server, pki->cross_rogue);
		send_also(server, pki->old_root.certificate);
		return;
	case CHAIN_LEAF_SIGNED: {
		X509 *other = make_leaf(pki, CHAIN_FOREIGN, pki->intermediate.certificate, pki->intermediate.key);
		send_also(server, other);
		X509_free(other);
		break;
	}
	default:
		break;
	}
	send_also(server, pki->intermediate.certificate);
	if (chain == CHAIN_WITH_ROOT)
		send_also(server, pki->root.certificate);
	if (chain == CHAIN_CROSS_EXTRA)
		send_also(server, pki->cross_good);
}

static X509 *leaf_for(struct pki *pki, enum chain chain)
{
	if (chain == CHAIN_SELF_SIGNED)
		return make_leaf(pki, chain, NULL, NULL);
	if (chain == CHAIN_ROGUE_ROOT || chain == CHAIN_ROGUE_LEAF || chain == CHAIN_CROSS_SIGNED)
		return make_leaf(pki, chain, pki->rogue_intermediate.certificate, pki->rogue_intermediate.key);
	if (chain == CHAIN_INTERCEPTED)
		return make_leaf(pki, chain, pki->interceptor.certificate, pki->interceptor.key);
	if (chain != CHAIN_LEAF_SIGNED)
		return make_leaf(pki, chain, pki->intermediate.certificate, pki->intermediate.key);
	X509 *signer = make_leaf(pki, CHAIN_FOREIGN, pki->intermediate.certificate, pki->intermediate.key);
	X509 *leaf = make_leaf(pki, chain, signer, pki->leaf_key);
	X509_free(signer);
	return leaf;
}

SSL_CTX *pki_server(struct pki *pki, enum chain chain)
{
	if (pki->server[chain] != NULL)
		return pki->server[chain];
	SSL_CTX *server = SSL_CTX_new_ex(pki->context, NULL, TLS_server_method());
	X509 *leaf = leaf_for(pki, chain);
	if (server == NULL || SSL_CTX_use_certificate(server, leaf) != 1 || SSL_CTX_use_PrivateKey(server, pki->leaf_key) != 1)
		pki_die("make a TLS server");
	send_chain(pki, server, chain);
	X509_free(leaf);
	(void)SSL_CTX_set_min_proto_version(server, TLS1_2_VERSION);
	(void)SSL_CTX_set_mode(server, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
	(void)SSL_CTX_set_mode(server, SSL_MODE_NO_AUTO_CHAIN);
	if (SSL_CTX_add_client_CA(server, pki->client_ca.certificate) != 1 ||
	    X509_STORE_add_cert(SSL_CTX_get_cert_store(server), pki->client_ca.certificate) != 1)
		pki_die("name the authority of client certificates");
	pki->server[chain] = server;
	return server;
}
