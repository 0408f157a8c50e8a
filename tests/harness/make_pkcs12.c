/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: tests written in shell, the demonstration and people who want to try need PKCS#12 files as the portal gives them, and bad ones.
 *
 *     make-pkcs12 --out client.p12 --password-file pw --ca-dir pki
 *         as the portal would: 11110A, five years and one month from now
 *     make-pkcs12 --out new.p12 --password-file pw --ca-dir pki --not-before 2027-01-01T00:00:00Z
 *         another one by the same CA
 *     make-pkcs12 --server-chain DIR --host cert.nac.naccs.jp --host localhost
 *         root.pem, intermediate.pem, server.pem (key, leaf, intermediate), …
 *
 * See --help. Keys made here protect nothing.
 */
#include "pki.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define CERTIFICATES_MAX 64
#define HOSTS_MAX 32
#define ORGANIZATION "O=Nippon Automated Cargo And Port Consolidated System, Inc."

struct options {
	const char *out, *pem, *password, *password_file, *terminal, *ca_dir, *serial, *server_chain, *ca_pem;
	const char *hosts[HOSTS_MAX + 1];
	size_t host_count;
	int64_t not_before, not_after; /* not_after 0: five years and one month */
	enum pki_key_type key_type, ca_key_type;
	struct pki_pkcs12 file;
	int extra;
	int64_t size;
	bool without_root, without_certificate, without_key, wrong_ca, mismatched_key, second_key, intermediate, self_signed, root_first;
};

static const char help_text[] =
	"Usage: make-pkcs12 --out FILE [OPTIONS]\n"
	"       make-pkcs12 --server-chain DIR --host NAME… [OPTIONS]\n"
	"\n"
	"Makes a PKCS#12 file as the NACCS portal would, or a bad one, for tests.\n"
	"\n"
	"What\n"
	"  --terminal NAME        common name of the client certificate (11110A)\n"
	"  --not-before TIME      2026-11-22T00:00:00Z or @SECONDS (now, on the full hour)\n"
	"  --not-after TIME       (five years and one month after --not-before)\n"
	"  --serial HEX           (random)\n"
	"  --key TYPE             rsa, ec, ec384, ed25519 (ec); the client's key\n"
	"  --ca-key TYPE          the CA's key (ec)\n"
	"  --ca-dir DIR           keep the CA in DIR/client-ca-identity.pem (key) and DIR/client-ca.pem; use the one that is there\n"
	"  --friendly-name TEXT   UTF-8\n"
	"How\n"
	"  --out FILE             the PKCS#12\n"
	"  --pem FILE             the same as PEM: key, client certificate, chain\n"
	"  --ca-pem FILE          the CA's certificate\n"
	"  --password TEXT, --password-file FILE   (first line; default: naccs-test)\n"
	"  --cipher NAME          modern, aes128, legacy (RC2-40 and 3DES), 3des, rc4, plain (modern)\n"
	"  --plain-certificates   only the key is encrypted\n"
	"  --mac DIGEST           SHA1, SHA256, SHA384, SHA512, … (SHA256)\n"
	"  --pbmac1               a MAC of the new kind (RFC 9579), which OpenSSL reads from 3.4 on\n"
	"  --iterations N, --mac-iterations N      (2048)\n"
	"  --nested               bags within safe-contents bags\n"
	"  --root-first           certificates from root to leaf instead of leaf to root\n"
	"  --intermediate         a CA between the client certificate and the root\n"
	"  --extra N              N certificates that belong to nobody\n"
	"  --size BYTES           pad with one large extra certificate up to about this size (the portal's files have 42 KB)\n"
	"Bad ones\n"
	"  --no-mac  --no-root  --no-certificate  --no-key\n"
	"  --wrong-ca             signed by another CA of the same name; the file holds the expected one\n"
	"  --mismatched-key       the key does not fit the certificate\n"
	"  --second-key           one key more, that fits nothing\n"
	"  --self-signed          the client certificate is its own issuer\n"
	"  --claim-iterations N, --claim-mac-iterations N   the file says N, whatever was done\n"
	"Server chain\n"
	"  --server-chain DIR     DIR/root.pem (RootCA2's name), intermediate.pem (SureServer CA G4's name),\n"
	"                         server.pem (key, leaf, intermediate), server-key.pem, server-leaf.pem,\n"
	"                         chain.pem (leaf, intermediate, root); --not-before, --not-after are the leaf's\n"
	"  --host NAME            DNS name or IP address, repeatable\n";

static void fail(const char *what, const char *value) __attribute__((noreturn));
static void fail(const char *what, const char *value)
{
	(void)fprintf(stderr, "make-pkcs12: %s: %s\n", what, value);
	exit(64);
}

static int64_t number(const char *text)
{
	char *end = NULL;
	long long value = strtoll(text, &end, 10);
	if (end == text || *end != '\0')
		fail("not a number", text);
	return (int64_t)value;
}

static int64_t moment(const char *text)
{
	struct tm parts = {0};
	if (text[0] == '@')
		return number(text + 1);
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &parts);
	if (end == NULL || *end != '\0')
		fail("not a time such as 2026-11-22T00:00:00Z", text);
	return (int64_t)timegm(&parts);
}

static int choice(const char *text, const char *const *names)
{
	for (int i = 0; names[i] != NULL; i++)
		if (strcmp(text, names[i]) == 0)
			return i;
	fail("unknown value", text);
}

static enum pki_key_type key_type(const char *text)
{
	static const char *const names[] = {"ec", "rsa", "ec384", "ed25519", NULL};
	return (enum pki_key_type)choice(text, names);
}

static enum pki_cipher cipher(const char *text)
{
	static const char *const names[] = {"modern", "aes128", "legacy", "3des", "rc4", "plain", NULL};
	return (enum pki_cipher)choice(text, names);
}

enum kind { TEXT, FLAG, NUMBER, NUMBER64, TIME, KEY, CIPHER, HOST, HELP };

/* One row per option: what kind of value it takes and which member of struct options it sets. */
static const struct row {
	const char *name;
	enum kind kind;
	size_t offset;
} rows[] = {
	{"out", TEXT, offsetof(struct options, out)},
	{"pem", TEXT, offsetof(struct options, pem)},
	{"ca-pem", TEXT, offsetof(struct options, ca_pem)},
	{"password", TEXT, offsetof(struct options, password)},
	{"password-file", TEXT, offsetof(struct options, password_file)},
	{"terminal", TEXT, offsetof(struct options, terminal)},
	{"not-before", TIME, offsetof(struct options, not_before)},
	{"not-after", TIME, offsetof(struct options, not_after)},
	{"serial", TEXT, offsetof(struct options, serial)},
	{"key", KEY, offsetof(struct options, key_type)},
	{"ca-key", KEY, offsetof(struct options, ca_key_type)},
	{"ca-dir", TEXT, offsetof(struct options, ca_dir)},
	{"friendly-name", TEXT, offsetof(struct options, file.friendly_name)},
	{"cipher", CIPHER, offsetof(struct options, file.cipher)},
	{"plain-certificates", FLAG, offsetof(struct options, file.plain_certificates)},
	{"mac", TEXT, offsetof(struct options, file.mac)},
	{"pbmac1", FLAG, offsetof(struct options, file.pbmac1)},
	{"iterations", NUMBER, offsetof(struct options, file.iterations)},
	{"mac-iterations", NUMBER, offsetof(struct options, file.mac_iterations)},
	{"nested", FLAG, offsetof(struct options, file.nested)},
	{"root-first", FLAG, offsetof(struct options, root_first)},
	{"intermediate", FLAG, offsetof(struct options, intermediate)},
	{"extra", NUMBER, offsetof(struct options, extra)},
	{"size", NUMBER64, offsetof(struct options, size)},
	{"no-mac", FLAG, offsetof(struct options, file.no_mac)},
	{"no-root", FLAG, offsetof(struct options, without_root)},
	{"no-certificate", FLAG, offsetof(struct options, without_certificate)},
	{"no-key", FLAG, offsetof(struct options, without_key)},
	{"wrong-ca", FLAG, offsetof(struct options, wrong_ca)},
	{"mismatched-key", FLAG, offsetof(struct options, mismatched_key)},
	{"second-key", FLAG, offsetof(struct options, second_key)},
	{"self-signed", FLAG, offsetof(struct options, self_signed)},
	{"claim-iterations", NUMBER64, offsetof(struct options, file.claimed_iterations)},
	{"claim-mac-iterations", NUMBER64, offsetof(struct options, file.claimed_mac_iterations)},
	{"server-chain", TEXT, offsetof(struct options, server_chain)},
	{"host", HOST, offsetof(struct options, hosts)},
	{"help", HELP, 0},
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

static void add_host(struct options *options, const char *value)
{
	if (options->host_count == HOSTS_MAX)
		fail("too many hosts", value);
	options->hosts[options->host_count++] = value;
}

static void set_option(struct options *options, const struct row *row, const char *value)
{
	void *member = (char *)options + row->offset;
	switch (row->kind) {
	case TEXT:
		*(const char **)member = value;
		break;
	case FLAG:
		*(bool *)member = true;
		break;
	case NUMBER:
		*(int *)member = (int)number(value);
		break;
	case NUMBER64:
		*(int64_t *)member = number(value);
		break;
	case TIME:
		*(int64_t *)member = moment(value);
		break;
	case KEY:
		*(enum pki_key_type *)member = key_type(value);
		break;
	case CIPHER:
		*(enum pki_cipher *)member = cipher(value);
		break;
	case HOST:
		add_host(options, value);
		break;
	case HELP:
		(void)fputs(help_text, stdout);
		exit(0);
	}
}

static void read_options(int argc, char **argv, struct options *options)
{
	struct option long_options[ROW_COUNT + 1] = {0};
	int index = 0, got;
	for (size_t i = 0; i < ROW_COUNT; i++)
		long_options[i] = (struct option){rows[i].name, rows[i].kind != FLAG && rows[i].kind != HELP, NULL, 1};
	while ((got = getopt_long(argc, argv, "", long_options, &index)) != -1) {
		if (got != 1)
			fail("see", "make-pkcs12 --help");
		set_option(options, &rows[index], optarg);
	}
	if (optind != argc || (options->out == NULL && options->pem == NULL && options->server_chain == NULL))
		fail("see", "make-pkcs12 --help");
	if (options->not_after == 0)
		options->not_after = pki_add_months(options->not_before, PKI_CLIENT_MONTHS);
}

static char *read_password(const char *path)
{
	char *line = NULL;
	size_t size = 0;
	FILE *file = fopen(path, "re");
	if (file == NULL || getline(&line, &size, file) < 0)
		fail("cannot read a password from", path);
	(void)fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

static char *join(const char *folder, const char *name)
{
	char *path = NULL;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		pki_die("get memory");
	return path;
}

static struct pki_identity *client_ca(struct pki *pki, const struct options *options)
{
	if (options->ca_dir == NULL)
		return pki_make_client_ca(pki, options->ca_key_type, options->not_before);
	(void)mkdir(options->ca_dir, 0700);
	char *path = join(options->ca_dir, "client-ca-identity.pem");
	char *certificate_path = join(options->ca_dir, "client-ca.pem");
	struct pki_identity *ca;
	if (access(path, R_OK) == 0) {
		ca = pki_read_identity(pki, path);
	} else {
		ca = pki_make_client_ca(pki, options->ca_key_type, options->not_before);
		pki_write_pem(path, ca->key, &ca->certificate, 1);
		pki_write_pem(certificate_path, NULL, &ca->certificate, 1);
	}
	free(path);
	free(certificate_path);
	return ca;
}

static void add_extras(struct pki *pki, const struct options *options, struct pki_pkcs12 *file, X509 **certificates, size_t comment)
{
	static const char *const name[] = {"C=JP", "O=Nobody's", "CN=An extra certificate", NULL};
	for (int i = 0; i < options->extra + (comment > 0 ? 1 : 0) && file->certificate_count < CERTIFICATES_MAX; i++) {
		struct pki_identity *extra = pki_issue(pki, NULL,
						       &(struct pki_spec){.profile = PKI_ROOT,
									  .name = name,
									  .not_before = options->not_before,
									  .not_after = options->not_after,
									  .comment = i == options->extra ? comment : 0});
		certificates[file->certificate_count++] = extra->certificate;
		if (X509_up_ref(extra->certificate) != 1)
			pki_die("keep a certificate");
		pki_identity_free(extra);
	}
}

static void reverse(X509 **certificates, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		X509 *other = certificates[i];
		certificates[i] = certificates[count - 1 - i];
		certificates[count - 1 - i] = other;
	}
}

static void keep(X509 **certificates, size_t *count, X509 *certificate)
{
	if (X509_up_ref(certificate) != 1)
		pki_die("keep a certificate");
	certificates[(*count)++] = certificate;
}

static void write_pkcs12(struct pki *pki, struct options *options, struct pki_identity *client, struct pki_pkcs12 *file,
			 X509 **certificates)
{
	size_t length = 0, own_count = file->certificate_count;
	add_extras(pki, options, file, certificates, 0);
	uint8_t *bytes = pki_make_pkcs12(pki, file, &length);
	if ((int64_t)length < options->size) {
		free(bytes);
		for (size_t i = own_count; i < file->certificate_count; i++)
			X509_free(certificates[i]);
		file->certificate_count = own_count;
		add_extras(pki, options, file, certificates, (size_t)options->size - length);
		bytes = pki_make_pkcs12(pki, file, &length);
	}
	if (options->out != NULL)
		pki_write_file(options->out, bytes, length);
	free(bytes);
	if (options->pem != NULL)
		pki_write_pem(options->pem, file->key != NULL ? file->key : client->key, certificates, own_count);
	for (size_t i = 0; i < file->certificate_count; i++)
		X509_free(certificates[i]);
}

static struct pki_identity *sub_ca(struct pki *pki, const struct options *options, const struct pki_identity *issuer)
{
	static const char *const name[] = {"C=JP", ORGANIZATION, "CN=NACCS Client Sub CA", NULL};
	return pki_issue(pki, issuer,
			 &(struct pki_spec){.profile = PKI_INTERMEDIATE,
					    .name = name,
					    .key_type = options->ca_key_type,
					    .not_before = pki_add_months(options->not_before, -12),
					    .not_after = pki_add_months(options->not_before, 10 * 12)});
}

static struct pki_identity *client(struct pki *pki, const struct options *options, const struct pki_identity *issuer)
{
	char *common_name = NULL;
	if (asprintf(&common_name, "CN=%s", options->terminal) < 0)
		pki_die("get memory");
	const char *const name[] = {"C=JP", ORGANIZATION, "OU=NACCS Client CA", common_name, NULL};
	struct pki_identity *made = pki_issue(pki, options->self_signed ? NULL : issuer,
					      &(struct pki_spec){.profile = PKI_CLIENT,
								 .name = name,
								 .key_type = options->key_type,
								 .not_before = options->not_before,
								 .not_after = options->not_after,
								 .serial = options->serial});
	free(common_name);
	return made;
}

static void make_client(struct pki *pki, struct options *options)
{
	X509 *certificates[CERTIFICATES_MAX + 4];
	struct pki_pkcs12 *file = &options->file;
	struct pki_identity *ca = client_ca(pki, options);
	struct pki_identity *other = options->wrong_ca ? pki_make_client_ca(pki, options->ca_key_type, options->not_before) : NULL;
	struct pki_identity *issuer = other != NULL ? other : ca;
	struct pki_identity *middle = options->intermediate ? sub_ca(pki, options, issuer) : NULL;
	struct pki_identity *leaf = client(pki, options, middle != NULL ? middle : issuer);
	EVP_PKEY *stranger = options->mismatched_key || options->second_key ? pki_make_key(pki, options->key_type) : NULL;
	file->key = options->without_key ? NULL : options->mismatched_key ? stranger : leaf->key;
	file->second_key = options->second_key ? stranger : NULL;
	file->certificates = certificates;
	if (!options->without_certificate)
		keep(certificates, &file->certificate_count, leaf->certificate);
	if (middle != NULL)
		keep(certificates, &file->certificate_count, middle->certificate);
	if (!options->without_root)
		keep(certificates, &file->certificate_count, ca->certificate);
	if (options->root_first)
		reverse(certificates, file->certificate_count);
	if (options->ca_pem != NULL)
		pki_write_pem(options->ca_pem, NULL, &ca->certificate, 1);
	write_pkcs12(pki, options, leaf, file, certificates);
	EVP_PKEY_free(stranger);
	pki_identity_free(leaf);
	pki_identity_free(middle);
	pki_identity_free(other);
	pki_identity_free(ca);
}

static void write_in(const char *folder, const char *name, EVP_PKEY *key, X509 *const *certificates, size_t count)
{
	char *path = join(folder, name);
	pki_write_pem(path, key, certificates, count);
	free(path);
}

static void make_server(struct pki *pki, const struct options *options)
{
	int64_t now = options->not_before;
	struct pki_identity *root = pki_make_server_root(pki, options->ca_key_type, now);
	struct pki_identity *intermediate = pki_make_server_intermediate(pki, root, options->ca_key_type, now);
	struct pki_identity *leaf =
		pki_make_server_leaf(pki, intermediate, options->hosts, options->key_type, options->not_before, options->not_after);
	X509 *const chain[] = {leaf->certificate, intermediate->certificate, root->certificate};
	(void)mkdir(options->server_chain, 0700);
	write_in(options->server_chain, "root.pem", NULL, &chain[2], 1);
	write_in(options->server_chain, "intermediate.pem", NULL, &chain[1], 1);
	write_in(options->server_chain, "server-leaf.pem", NULL, chain, 1);
	write_in(options->server_chain, "server-key.pem", leaf->key, NULL, 0);
	write_in(options->server_chain, "server.pem", leaf->key, chain, 2);
	write_in(options->server_chain, "chain.pem", NULL, chain, 3);
	pki_identity_free(leaf);
	pki_identity_free(intermediate);
	pki_identity_free(root);
}

int main(int argc, char **argv)
{
	int64_t now = (int64_t)time(NULL);
	struct options options = {.terminal = "11110A", .not_before = now - now % 3600};
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	read_options(argc, argv, &options);
	char *password = options.password_file != NULL ? read_password(options.password_file) : NULL;
	options.file.password = password != NULL ? password : options.password != NULL ? options.password : "naccs-test";
	struct pki *pki = pki_new();
	if (options.server_chain != NULL)
		make_server(pki, &options);
	else
		make_client(pki, &options);
	pki_free(pki);
	free(password);
	return 0;
}
