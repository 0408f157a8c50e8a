/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: a program of the build. It turns certificates in PEM into C arrays of their DER, and refuses any whose SHA-256 is not the one that
 * meson.build gives: what we trust can't change by changing a data file alone.
 *     embed_certificates OUTPUT (anchor|intermediate FILE SHA256 SOURCE)…
 */
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define ARGUMENTS_PER_CERTIFICATE 4

/* The one certificate of a PEM file; NULL after a message. */
static X509 *read_one(OSSL_LIB_CTX *libctx, const char *path)
{
	BIO *file = BIO_new_file(path, "r");
	X509 *certificate = X509_new_ex(libctx, NULL);
	X509 *second = NULL;
	bool is_read = file != NULL && certificate != NULL && PEM_read_bio_X509(file, &certificate, NULL, NULL) != NULL;
	if (is_read)
		second = PEM_read_bio_X509(file, NULL, NULL, NULL);
	if (!is_read || second != NULL) {
		(void)fprintf(stderr, "embed_certificates: %s: %s\n", path,
			      is_read ? "more than one certificate" : "no certificate in PEM");
		X509_free(certificate);
		certificate = NULL;
	}
	X509_free(second);
	ERR_clear_error();
	(void)BIO_free(file);
	return certificate;
}

static bool has_sha256(const X509 *certificate, const char *path, const char *expected)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
	if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1)
		length = 0;
	for (unsigned int i = 0; i < length; i++)
		(void)snprintf(hex + 2 * (size_t)i, 3, "%02x", digest[i]);
	if (length == 0 || strcasecmp(hex, expected) != 0) {
		(void)fprintf(stderr, "embed_certificates: %s: SHA-256 is %s, but meson.build says %s: not built in\n", path, hex,
			      expected);
		return false;
	}
	return true;
}

static bool write_comment(FILE *out, const X509 *certificate, const char *sha256, const char *source)
{
	struct tm end = {0};
	char date[32] = "";
	BIO *name = BIO_new(BIO_s_mem());
	char *text = NULL;
	bool is_done = name != NULL && ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1 &&
		       strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &end) > 0 &&
		       X509_NAME_print_ex(name, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0;
	if (is_done) {
		long length = BIO_get_mem_data(name, &text);
		(void)fprintf(out, "/* %.*s\n * ends %s\n * SHA-256 %s\n * from: %s */\n", (int)length, text, date, sha256, source);
	}
	(void)BIO_free(name);
	return is_done;
}

static bool write_array(FILE *out, const X509 *certificate, int number)
{
	unsigned char *der = NULL;
	int length = i2d_X509(certificate, &der);
	if (length <= 0)
		return false;
	(void)fprintf(out, "static const uint8_t certificate_%d[] = {", number);
	for (int i = 0; i < length; i++)
		(void)fprintf(out, "%s0x%02x,", i % 16 == 0 ? "\n\t" : " ", der[i]);
	(void)fprintf(out, "\n};\n\n");
	OPENSSL_free(der);
	return true;
}

static bool embed(OSSL_LIB_CTX *libctx, FILE *out, char **arguments, int number)
{
	const char *kind = arguments[0], *path = arguments[1], *sha256 = arguments[2], *source = arguments[3];
	if (strcmp(kind, "anchor") != 0 && strcmp(kind, "intermediate") != 0) {
		(void)fprintf(stderr, "embed_certificates: %s: neither anchor nor intermediate but \"%s\"\n", path, kind);
		return false;
	}
	X509 *certificate = read_one(libctx, path);
	bool is_done = certificate != NULL && has_sha256(certificate, path, sha256) && write_comment(out, certificate, sha256, source) &&
		       write_array(out, certificate, number);
	X509_free(certificate);
	return is_done;
}

static bool embed_all(FILE *out, char **arguments, int count)
{
	OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new(); /* no configuration file, whatever the environment says */
	bool is_good = libctx != NULL;
	(void)fprintf(out, "/* Made by embed_certificates.c from core/trust/data. */\n#include \"builtin.h\"\n\n");
	for (int i = 0; i < count && is_good; i++)
		is_good = embed(libctx, out, arguments + i * ARGUMENTS_PER_CERTIFICATE, i);
	(void)fprintf(out, "const struct naccs_builtin_certificate naccs_builtin_certificates[] = {\n");
	for (int i = 0; i < count; i++)
		(void)fprintf(out, "\t{.is_anchor = %s, .der = certificate_%d, .length = sizeof certificate_%d},\n",
			      strcmp(arguments[i * ARGUMENTS_PER_CERTIFICATE], "anchor") == 0 ? "true" : "false", i, i);
	(void)fprintf(out, "};\nconst size_t naccs_builtin_certificate_count = %d;\n", count);
	OSSL_LIB_CTX_free(libctx);
	return is_good;
}

int main(int argc, char **argv)
{
	if (argc < 2 + ARGUMENTS_PER_CERTIFICATE || (argc - 2) % ARGUMENTS_PER_CERTIFICATE != 0) {
		(void)fprintf(stderr, "usage: embed_certificates OUTPUT (anchor|intermediate FILE SHA256 SOURCE)...\n");
		return 1;
	}
	FILE *out = fopen(argv[1], "w");
	if (out == NULL) {
		(void)fprintf(stderr, "embed_certificates: cannot write %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	bool is_good = embed_all(out, argv + 2, (argc - 2) / ARGUMENTS_PER_CERTIFICATE);
	bool is_written = ferror(out) == 0;
	is_written = fclose(out) == 0 && is_written;
	if (!is_good || !is_written) {
		(void)remove(argv[1]);
		(void)fprintf(stderr, "embed_certificates: %s not made\n", argv[1]);
		return 1;
	}
	return 0;
}
