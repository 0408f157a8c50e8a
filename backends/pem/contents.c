/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what the files of a set hold. One place decides it; plan compares with it and stage writes it. */
#include "pem.h"

#include <string.h>

const struct pem_file_kind pem_file_kinds[PEM_FILE_COUNT] = {
	[PEM_PRIVKEY] = {"privkey.pem", true},	     [PEM_CERT] = {"cert.pem", false},
	[PEM_CHAIN] = {"chain.pem", false},	     [PEM_FULLCHAIN] = {"fullchain.pem", false},
	[PEM_CREDENTIAL] = {"credential.pem", true}, [PEM_CLIENT_CA] = {"client-ca.pem", false},
	[PEM_SERVER_CA] = {"server-ca.pem", false},  [PEM_SERVER_INTERMEDIATES] = {"server-intermediates.pem", false},
};

void pem_contents_wipe(struct pem_contents *contents)
{
	for (size_t i = 0; i < PEM_FILE_COUNT; i++) {
		naccs_secret_free(contents->file[i]);
		contents->file[i] = NULL;
	}
}

static naccs_status add(struct pem_contents *contents, enum pem_file file, const char *label, const struct naccs_bytes *der, size_t count,
			struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	if (count > 0 && contents->file[file] == NULL)
		status = naccs_secret_new(PEM_FILE_LIMIT, &contents->file[file], err);
	for (size_t i = 0; i < count && status == NACCS_OK; i++)
		status = pem_armour(contents->file[file], label, der[i], err);
	return status;
}

naccs_status pem_contents_render(const struct naccs_installation *installation, struct pem_contents *ret, struct naccs_error *err)
{
	static const char certificate[] = "CERTIFICATE";
	static const char private_key[] = "PRIVATE KEY";
	naccs_auto(pem_contents) struct pem_contents contents = {0};
	const struct naccs_installation *in = installation;
	const struct {
		enum pem_file file;
		const char *label;
		const struct naccs_bytes *der;
		size_t count;
	} blocks[] = {
		{PEM_PRIVKEY, private_key, &in->private_key, 1},
		{PEM_CERT, certificate, &in->certificate, 1},
		{PEM_CHAIN, certificate, in->intermediates, in->intermediate_count},
		{PEM_CHAIN, certificate, &in->client_ca, 1},
		{PEM_FULLCHAIN, certificate, &in->certificate, 1},
		{PEM_FULLCHAIN, certificate, in->intermediates, in->intermediate_count},
		{PEM_FULLCHAIN, certificate, &in->client_ca, 1},
		{PEM_CREDENTIAL, private_key, &in->private_key, 1},
		{PEM_CREDENTIAL, certificate, &in->certificate, 1},
		{PEM_CREDENTIAL, certificate, in->intermediates, in->intermediate_count},
		{PEM_CREDENTIAL, certificate, &in->client_ca, 1},
		{PEM_CLIENT_CA, certificate, &in->client_ca, 1},
		{PEM_SERVER_CA, certificate, in->server_anchors, in->server_anchor_count},
		{PEM_SERVER_INTERMEDIATES, certificate, in->server_intermediates, in->server_intermediate_count},
	};

	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
		naccs_status status = add(&contents, blocks[i].file, blocks[i].label, blocks[i].der, blocks[i].count, err);
		if (status != NACCS_OK)
			return status;
	}
	*ret = contents;
	contents = (struct pem_contents){0};
	return NACCS_OK;
}
