/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see inputs.h. */
#include "inputs.h"

#include "pki.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#define START INT64_C(1735689600) /* 2025-01-01: backends don't look at the clock, so any day will do */
#define YEAR (INT64_C(365) * 24 * 60 * 60)

struct inputs {
	struct pki *pki;
	struct pki_identity *issuer;
	struct input shared;
	struct input input[INPUT_COUNT];
	struct pki_identity *client[INPUT_COUNT];
	uint8_t *der[INPUT_COUNT], *key_der[INPUT_COUNT];
	uint8_t *ca, *intermediate, *anchor, *server_intermediates[2];
};

static struct naccs_bytes der_of(X509 *certificate, uint8_t **ret_owner)
{
	struct naccs_bytes bytes = {0};

	*ret_owner = pki_der(certificate, &bytes.length);
	bytes.data = *ret_owner;
	return bytes;
}

static struct naccs_bytes pkcs8_of(EVP_PKEY *key, uint8_t **ret_owner)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
	int length = info != NULL ? i2d_PKCS8_PRIV_KEY_INFO(info, ret_owner) : -1;

	PKCS8_PRIV_KEY_INFO_free(info);
	if (length <= 0)
		pki_die("write a key as PKCS#8");
	return (struct naccs_bytes){*ret_owner, (size_t)length};
}

static void serial_of(const X509 *certificate, char *ret, size_t size)
{
	BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	char *hex = number != NULL ? BN_bn2hex(number) : NULL;

	if (hex == NULL || strlen(hex) >= size)
		pki_die("write a serial number");
	for (size_t i = 0; i <= strlen(hex); i++)
		ret[i] = hex[i] >= 'A' && hex[i] <= 'F' ? (char)(hex[i] - 'A' + 'a') : hex[i];
	OPENSSL_free(hex);
	BN_free(number);
}

static const struct {
	const char *terminal;
	enum pki_key_type key_type;
	int64_t start;
} specs[INPUT_COUNT] = {
	[INPUT_EC] = {"11110A", PKI_EC, START},
	[INPUT_RENEWED] = {"11110A", PKI_EC, START + 2 * YEAR},
	[INPUT_RSA] = {"11110A", PKI_RSA, START},
	[INPUT_RSA_RENEWED] = {"11110A", PKI_RSA, START + 2 * YEAR},
	[INPUT_EC384] = {"11110A", PKI_EC384, START + YEAR},
	[INPUT_ED25519] = {"11110A", PKI_ED25519, START + YEAR},
	[INPUT_STRANGER] = {"22220B", PKI_EC, START},
};

static void make_input(struct inputs *inputs, enum input_id id)
{
	struct input *input = &inputs->input[id];
	size_t length;

	*input = inputs->shared;
	inputs->client[id] = pki_make_client(inputs->pki, inputs->issuer, specs[id].terminal, specs[id].key_type, specs[id].start,
					     pki_add_months(specs[id].start, PKI_CLIENT_MONTHS));
	input->key = inputs->client[id]->key;
	serial_of(inputs->client[id]->certificate, input->serial, sizeof input->serial);
	struct naccs_installation *installation = &input->installation;
	installation->size = sizeof *installation;
	installation->private_key = pkcs8_of(input->key, &inputs->key_der[id]);
	installation->certificate = der_of(inputs->client[id]->certificate, &inputs->der[id]);
	installation->intermediates = &input->intermediate;
	installation->intermediate_count = 1;
	installation->server_anchors = &input->server_anchor;
	installation->server_anchor_count = 1;
	installation->server_intermediates = input->server_intermediates;
	installation->server_intermediate_count = 2;
	installation->common_name = specs[id].terminal;
	installation->serial = input->serial;
	installation->not_before = specs[id].start;
	installation->not_after = pki_add_months(specs[id].start, PKI_CLIENT_MONTHS);
	if (EVP_Q_digest(pki_libctx(inputs->pki), "SHA256", NULL, installation->certificate.data, installation->certificate.length,
			 installation->sha256, &length) != 1)
		pki_die("compute a SHA-256");
}

struct inputs *inputs_new(void)
{
	static const char *const intermediate_name[] = {"C=JP", "O=Nippon Automated Cargo And Port Consolidated System, Inc.",
							"CN=NACCS Client Sub CA", NULL};
	struct inputs *inputs = calloc(1, sizeof *inputs);

	if (inputs == NULL)
		pki_die("allocate memory");
	inputs->pki = pki_new();
	struct pki_identity *ca = pki_make_client_ca(inputs->pki, PKI_EC, START);
	inputs->issuer = pki_issue(inputs->pki, ca,
				   &(struct pki_spec){
					   .profile = PKI_INTERMEDIATE,
					   .name = intermediate_name,
					   .key_type = PKI_EC,
					   .not_before = START - YEAR,
					   .not_after = START + 10 * YEAR,
				   });
	struct pki_identity *root = pki_make_server_root(inputs->pki, PKI_EC, START);
	struct input *shared = &inputs->shared;
	/* As in the real world: one intermediate, issued twice. */
	struct pki_identity *first = pki_make_server_intermediate(inputs->pki, root, PKI_EC, START);
	struct pki_identity *second = pki_make_server_intermediate(inputs->pki, root, PKI_EC, START);
	shared->installation.client_ca = der_of(ca->certificate, &inputs->ca);
	shared->intermediate = der_of(inputs->issuer->certificate, &inputs->intermediate);
	shared->server_anchor = der_of(root->certificate, &inputs->anchor);
	shared->server_intermediates[0] = der_of(first->certificate, &inputs->server_intermediates[0]);
	shared->server_intermediates[1] = der_of(second->certificate, &inputs->server_intermediates[1]);
	pki_identity_free(ca);
	pki_identity_free(root);
	pki_identity_free(first);
	pki_identity_free(second);
	return inputs;
}

void inputs_free(struct inputs *inputs)
{
	for (size_t i = 0; i < INPUT_COUNT; i++) {
		if (inputs->client[i] != NULL)
			pki_identity_free(inputs->client[i]);
		free(inputs->der[i]);
		OPENSSL_free(inputs->key_der[i]);
	}
	free(inputs->ca);
	free(inputs->intermediate);
	free(inputs->anchor);
	free(inputs->server_intermediates[0]);
	free(inputs->server_intermediates[1]);
	pki_identity_free(inputs->issuer);
	pki_free(inputs->pki);
	free(inputs);
}

const struct input *inputs_get(struct inputs *inputs, enum input_id id)
{
	if (inputs->client[id] == NULL)
		make_input(inputs, id);
	return &inputs->input[id];
}

OSSL_LIB_CTX *inputs_crypto(const struct inputs *inputs)
{
	return pki_libctx(inputs->pki);
}
