/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the tests' certificates and keys as PEM, DER and files. See pki.h. */
#include "pki.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

char *pki_pem(EVP_PKEY *key, X509 *const *certificates, size_t count)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *bytes = NULL;
	if (memory == NULL || (key != NULL && PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) != 1))
		pki_die("write a key as PEM");
	for (size_t i = 0; i < count; i++)
		if (PEM_write_bio_X509(memory, certificates[i]) != 1)
			pki_die("write a certificate as PEM");
	long length = BIO_get_mem_data(memory, &bytes);
	char *text = malloc((size_t)length + 1);
	if (text == NULL)
		pki_die("get memory");
	if (length > 0)
		memcpy(text, bytes, (size_t)length);
	text[length] = '\0';
	BIO_free(memory);
	return text;
}

uint8_t *pki_der(X509 *certificate, size_t *ret_length)
{
	int length = i2d_X509(certificate, NULL);
	uint8_t *bytes = length > 0 ? malloc((size_t)length) : NULL;
	unsigned char *cursor = bytes;
	if (bytes == NULL || i2d_X509(certificate, &cursor) != length)
		pki_die("encode a certificate");
	*ret_length = (size_t)length;
	return bytes;
}

void pki_write_file(const char *path, const void *bytes, size_t length)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	const char *cursor = bytes;
	if (fd < 0)
		pki_die(path);
	while (length > 0) {
		ssize_t written = write(fd, cursor, length);
		if (written <= 0)
			pki_die(path);
		cursor += written;
		length -= (size_t)written;
	}
	if (close(fd) != 0)
		pki_die(path);
}

void pki_write_pem(const char *path, EVP_PKEY *key, X509 *const *certificates, size_t count)
{
	char *text = pki_pem(key, certificates, count);
	pki_write_file(path, text, strlen(text));
	free(text);
}

struct pki_identity *pki_read_identity(struct pki *pki, const char *path)
{
	struct pki_identity *identity = calloc(1, sizeof *identity);
	BIO *file = BIO_new_file(path, "r");
	if (identity == NULL || file == NULL)
		pki_die(path);
	identity->key = PEM_read_bio_PrivateKey_ex(file, NULL, NULL, NULL, pki_libctx(pki), NULL);
	BIO_free(file);
	file = BIO_new_file(path, "r");
	identity->certificate = X509_new_ex(pki_libctx(pki), NULL);
	if (file == NULL || identity->key == NULL || PEM_read_bio_X509(file, &identity->certificate, NULL, NULL) == NULL)
		pki_die(path);
	BIO_free(file);
	return identity;
}
