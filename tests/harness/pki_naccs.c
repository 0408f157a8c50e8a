/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the certificates of NACCS by name and validity, as the manual and the real chain show them. See pki.h. */
#include "pki.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <openssl/x509.h>

#define NACCS_ORGANIZATION "O=Nippon Automated Cargo And Port Consolidated System, Inc."
#define DAY ((int64_t)24 * 60 * 60)

int64_t pki_add_months(int64_t time, int months)
{
	struct tm parts;
	time_t seconds = (time_t)time;
	if (gmtime_r(&seconds, &parts) == NULL)
		pki_die("convert a time");
	int day = parts.tm_mday;
	parts.tm_mon += months;
	seconds = timegm(&parts); /* normalises */
	if (parts.tm_mday != day) {
		parts.tm_mday = 0; /* the day before the first */
		seconds = timegm(&parts);
	}
	return (int64_t)seconds;
}

struct pki_identity *pki_make_client_ca(struct pki *pki, enum pki_key_type key_type, int64_t now)
{
	static const char *const name[] = {"C=JP", NACCS_ORGANIZATION, "CN=NACCS Client CA", NULL};
	return pki_issue(pki, NULL,
			 &(struct pki_spec){.profile = PKI_ROOT,
					    .name = name,
					    .key_type = key_type,
					    .not_before = pki_add_months(now, -10 * 12),
					    .not_after = pki_add_months(now, 10 * 12)});
}

struct pki_identity *pki_make_client(struct pki *pki, const struct pki_identity *ca, const char *terminal, enum pki_key_type key_type,
				     int64_t not_before, int64_t not_after)
{
	char common_name[128];
	(void)snprintf(common_name, sizeof common_name, "CN=%s", terminal);
	const char *const name[] = {"C=JP", NACCS_ORGANIZATION, "OU=NACCS Client CA", common_name, NULL};
	return pki_issue(pki, ca,
			 &(struct pki_spec){.profile = PKI_CLIENT,
					    .name = name,
					    .key_type = key_type,
					    .not_before = not_before,
					    .not_after = not_after});
}

struct pki_identity *pki_make_server_root(struct pki *pki, enum pki_key_type key_type, int64_t now)
{
	static const char *const name[] = {"C=JP", "O=SECOM Trust Systems CO.,LTD.", "OU=Security Communication RootCA2", NULL};
	return pki_issue(pki, NULL,
			 &(struct pki_spec){.profile = PKI_ROOT,
					    .name = name,
					    .key_type = key_type,
					    .not_before = pki_add_months(now, -10 * 12),
					    .not_after = pki_add_months(now, 10 * 12)});
}

struct pki_identity *pki_make_server_intermediate(struct pki *pki, const struct pki_identity *root, enum pki_key_type key_type, int64_t now)
{
	static const char *const name[] = {"C=JP", "O=Cybertrust Japan Co., Ltd.", "CN=Cybertrust Japan SureServer CA G4", NULL};
	return pki_issue(pki, root,
			 &(struct pki_spec){.profile = PKI_INTERMEDIATE,
					    .name = name,
					    .key_type = key_type,
					    .not_before = pki_add_months(now, -10 * 12),
					    .not_after = pki_add_months(now, 10 * 12)});
}

struct pki_identity *pki_make_server_leaf(struct pki *pki, const struct pki_identity *issuer, const char *const *hosts,
					  enum pki_key_type key_type, int64_t not_before, int64_t not_after)
{
	char common_name[128];
	(void)snprintf(common_name, sizeof common_name, "CN=%.60s", hosts != NULL && hosts[0] != NULL ? hosts[0] : "localhost");
	const char *const name[] = {"C=JP", "ST=Tokyo", "L=Minato-ku", NACCS_ORGANIZATION, common_name, NULL};
	return pki_issue(pki, issuer,
			 &(struct pki_spec){.profile = PKI_SERVER,
					    .name = name,
					    .key_type = key_type,
					    .not_before = not_before,
					    .not_after = not_after,
					    .hosts = hosts});
}

struct pki_server_chain *pki_make_server_chain(struct pki *pki, const char *const *hosts, enum pki_key_type key_type, int64_t now)
{
	struct pki_server_chain *chain = calloc(1, sizeof *chain);
	if (chain == NULL)
		pki_die("get memory");
	chain->root = pki_make_server_root(pki, key_type, now);
	chain->intermediate = pki_make_server_intermediate(pki, chain->root, key_type, now);
	chain->leaf = pki_make_server_leaf(pki, chain->intermediate, hosts, key_type, now - 90 * DAY, now + 90 * DAY);
	return chain;
}

void pki_server_chain_free(struct pki_server_chain *chain)
{
	if (chain == NULL)
		return;
	pki_identity_free(chain->root);
	pki_identity_free(chain->intermediate);
	pki_identity_free(chain->leaf);
	free(chain);
}
