/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An example of a backend outside the tree: one file, our installed headers, libcrypto as its own library.
 *
 *     cc -shared -fPIC -o folder.so folder.c $(pkg-config --cflags naccscert-backend) $(pkg-config --cflags --libs libcrypto)
 *     naccs-conformance folder.so 'folder:{}'
 *
 * A store is "folder:/absolute/path". DIR/<sha256 of the certificate>/ holds key.der, cert.der, client-ca.der and numbered companions; a
 * folder named .new-<sha256> is staged, or on its way out. Everything that is there counts as current. docs/adding-a-backend.md walks
 * through it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <naccscert/backend.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SCHEME "folder:"
#define STAGED ".new-"
#define HEX_LENGTH (2 * NACCS_SHA256_SIZE)
#define FILE_LIMIT ((size_t)1024 * 1024)
#define CAPABILITIES                                                                                                                       \
	(NACCS_CAN_RSA | NACCS_CAN_EC | NACCS_CAN_TRUST | NACCS_CAN_EXPORT_KEY | NACCS_CAN_PENDING | NACCS_CAN_SIGN_PSS | NACCS_CAN_WRITE)

struct naccs_store {
	char *path;
	bool is_write;
	int dir; /* flocked for writing; -1 while DIR does not exist */
};

/* The name of a certificate's folder, staged or not. */
struct name {
	char text[sizeof STAGED + HEX_LENGTH];
};

static naccs_status fail_errno(struct naccs_error *err, const char *what, const char *name)
{
	int errnum = errno;
	naccs_status status = NACCS_E_STORE_IO;

	if (errnum == ENOSPC || errnum == EDQUOT)
		status = NACCS_E_STORE_FULL;
	else if (errnum == EACCES || errnum == EPERM || errnum == EROFS || errnum == ENOENT || errnum == ENOTDIR)
		status = NACCS_E_STORE_OPEN;
	else if (errnum == ELOOP)
		status = NACCS_E_STORE_UNSAFE;
	return naccs_error_set(err, status, errnum, "cannot %s %s: %s", what, name, strerror(errnum));
}

static struct name name_of(const uint8_t sha256[NACCS_SHA256_SIZE], bool is_staged)
{
	struct name name;
	char *at = stpcpy(name.text, is_staged ? STAGED : "");

	for (size_t i = 0; i < NACCS_SHA256_SIZE; i++)
		at += sprintf(at, "%02x", sha256[i]);
	return name;
}

/* The name that a part stands for: its identity is the SHA-256 in hex. */
static bool name_of_part(const struct naccs_part *part, bool is_staged, struct name *ret)
{
	if (part->role != NACCS_ROLE_CLIENT || strlen(part->identity) != HEX_LENGTH ||
	    strspn(part->identity, "0123456789abcdef") != HEX_LENGTH)
		return false;
	(void)stpcpy(stpcpy(ret->text, is_staged ? STAGED : ""), part->identity);
	return true;
}

/* ---- files ---- */

static int open_folder(const struct naccs_store *store, const char *name)
{
	return store->dir < 0 ? (errno = ENOENT, -1) : openat(store->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Not OPENSSL_clear_free(): the program may have given OpenSSL an allocator of its own. */
static void wipe_and_free(uint8_t *bytes, size_t length)
{
	if (bytes != NULL)
		OPENSSL_cleanse(bytes, length);
	free(bytes);
}

/* All of a file; the caller wipes and frees. NULL with errno. */
static uint8_t *read_file(int folder, const char *name, size_t *ret_length)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	uint8_t *bytes = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (size_t)status.st_size <= FILE_LIMIT)
		bytes = malloc((size_t)status.st_size + 1);
	if (bytes != NULL && read(fd, bytes, (size_t)status.st_size) != status.st_size) {
		free(bytes);
		bytes = NULL;
		errno = EIO;
	}
	(void)close(fd);
	*ret_length = bytes != NULL ? (size_t)status.st_size : 0;
	return bytes;
}

/* Created closed, filled, made durable. */
static naccs_status write_file(int folder, const char *name, struct naccs_bytes bytes, struct naccs_error *err)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	naccs_status status = NACCS_OK;

	for (size_t at = 0; fd >= 0 && at < bytes.length;) {
		ssize_t count = write(fd, bytes.data + at, bytes.length - at);
		if (count <= 0) {
			status = fail_errno(err, "write", name);
			break;
		}
		at += (size_t)count;
	}
	if (fd < 0 || (status == NACCS_OK && fsync(fd) != 0))
		status = fail_errno(err, "write", name);
	if (fd >= 0)
		(void)close(fd);
	return status;
}

/* Delete our files of a folder and the folder; what strangers put there stays. Missing is fine. */
static naccs_status delete_folder(const struct naccs_store *store, const char *name, struct naccs_error *err)
{
	int folder = open_folder(store, name);
	DIR *dir = folder >= 0 ? fdopendir(folder) : NULL;
	naccs_status status = NACCS_OK;

	if (dir == NULL)
		return errno == ENOENT ? NACCS_OK : fail_errno(err, "open", name);
	for (struct dirent *entry; status == NACCS_OK && (entry = readdir(dir)) != NULL;) {
		size_t length = strlen(entry->d_name);
		if (length > 4 && strcmp(entry->d_name + length - 4, ".der") == 0 && unlinkat(folder, entry->d_name, 0) != 0 &&
		    errno != ENOENT)
			status = fail_errno(err, "delete", entry->d_name);
	}
	(void)closedir(dir);
	if (status == NACCS_OK && unlinkat(store->dir, name, AT_REMOVEDIR) != 0 && errno != ENOENT && errno != ENOTEMPTY)
		status = fail_errno(err, "delete", name);
	return status;
}

static naccs_status sync_dir(const struct naccs_store *store, struct naccs_error *err)
{
	return store->dir < 0 || fsync(store->dir) == 0 ? NACCS_OK : fail_errno(err, "write", store->path);
}

/* ---- open, close, describe ---- */

static naccs_status lock(const struct naccs_store *store, uint32_t timeout_ms, struct naccs_error *err)
{
	const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};

	for (uint32_t waited = 0; flock(store->dir, LOCK_EX | LOCK_NB) != 0; waited += 20) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fail_errno(err, "lock", store->path);
		if (waited >= timeout_ms)
			return naccs_error_set(err, NACCS_E_RUN_LOCKED, errno, "cannot lock %s: another process holds it", store->path);
		(void)nanosleep(&pause, NULL);
	}
	return NACCS_OK;
}

static naccs_status check_uri(const char *uri, struct naccs_error *err)
{
	size_t scheme = strlen(SCHEME), length = strlen(uri);
	bool is_ours = strncmp(uri, SCHEME, scheme) == 0 && uri[scheme] == '/' && length > scheme + 1 && uri[length - 1] != '/';

	for (const char *at = uri; *at != '\0'; at++)
		is_ours = is_ours && (unsigned char)*at >= 0x20 && *at != 0x7F;
	if (is_ours && strstr(uri, "//") == NULL && strstr(uri, "/./") == NULL && strstr(uri, "/../") == NULL)
		return NACCS_OK;
	return naccs_error_set(err, NACCS_E_USAGE, 0, "a store of this kind is folder:/absolute/path");
}

/* Can files be made here? For a folder that is missing: in the one above. */
static naccs_status check_writable(const struct naccs_store *store, struct naccs_error *err)
{
	char *above = strdup(store->path);
	const char *path = store->path;

	if (above != NULL && store->dir < 0) {
		*strrchr(above, '/') = '\0';
		path = above[0] != '\0' ? above : "/";
	}
	naccs_status status = faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0 ? NACCS_OK : fail_errno(err, "write into", path);
	free(above);
	return status;
}

static void folder_close(struct naccs_store *store)
{
	if (store->dir >= 0)
		(void)close(store->dir);
	free(store->path);
	free(store);
}

static naccs_status folder_open(const struct naccs_host *host, const char *uri, const struct naccs_open_options *options,
				struct naccs_store **ret, struct naccs_error *err)
{
	naccs_status status = check_uri(uri, err);
	struct naccs_store *store = status == NACCS_OK ? calloc(1, sizeof *store) : NULL;

	(void)host;
	if (status != NACCS_OK)
		return status;
	if (store == NULL || (store->path = strdup(uri + strlen(SCHEME))) == NULL) {
		free(store);
		return naccs_error_set(err, NACCS_E_INTERNAL, 0, "memory is short");
	}
	store->is_write = options->access == NACCS_ACCESS_WRITE;
	store->dir = open(store->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (store->dir < 0 && !(store->is_write && errno == ENOENT))
		status = fail_errno(err, "open", store->path);
	if (status == NACCS_OK && store->is_write && store->dir >= 0)
		status = lock(store, options->lock_timeout_ms, err);
	if (status == NACCS_OK && store->is_write)
		status = check_writable(store, err);
	if (status == NACCS_OK)
		*ret = store;
	else
		folder_close(store);
	return status;
}

static naccs_status folder_describe(struct naccs_store *store, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	char uri[8192];
	const struct naccs_place place = {
		.size = sizeof place,
		.uri = uri,
		.kind = "example folder",
		.label = "",
		.is_writable = store->is_write,
		.capabilities = CAPABILITIES,
	};

	(void)err;
	(void)snprintf(uri, sizeof uri, "%s%s", SCHEME, store->path);
	return sink(context, &place);
}

/* ---- list ---- */

static uint32_t role_of(const char *file)
{
	static const struct {
		const char *prefix;
		uint32_t role;
	} roles[] = {
		{"cert.", NACCS_ROLE_CLIENT},
		{"client-ca.", NACCS_ROLE_CLIENT_CA},
		{"intermediate-", NACCS_ROLE_CLIENT_INTERMEDIATE},
		{"anchor-", NACCS_ROLE_SERVER_ANCHOR},
		{"server-intermediate-", NACCS_ROLE_SERVER_INTERMEDIATE},
	};

	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		if (strncmp(file, roles[i].prefix, strlen(roles[i].prefix)) == 0)
			return roles[i].role;
	}
	return 0;
}

static naccs_status list_folder(const struct naccs_store *store, const char *name, naccs_item_sink *sink, void *context,
				struct naccs_error *err)
{
	bool is_staged = strncmp(name, STAGED, strlen(STAGED)) == 0;
	const char *hex = is_staged ? name + strlen(STAGED) : name;
	int folder = open_folder(store, name);
	DIR *dir = folder >= 0 ? fdopendir(folder) : NULL;
	naccs_status status = NACCS_OK;

	if (dir == NULL)
		return fail_errno(err, "open", name);
	for (struct dirent *entry; status == NACCS_OK && (entry = readdir(dir)) != NULL;) {
		struct naccs_item item = {
			.size = sizeof item, .role = role_of(entry->d_name), .is_pending = is_staged, .is_current = !is_staged};
		if (item.role == 0)
			continue;
		uint8_t *der = read_file(folder, entry->d_name, &item.certificate.length);
		if (der == NULL) {
			status = fail_errno(err, "read", entry->d_name);
			break;
		}
		item.certificate.data = der;
		item.has_key = item.role == NACCS_ROLE_CLIENT && faccessat(folder, "key.der", F_OK, 0) == 0;
		item.label = hex;
		for (size_t i = 0; i < NACCS_SHA256_SIZE; i++)
			(void)sscanf(hex + 2 * i, "%2hhx", &item.owner[i]);
		status = sink(context, &item);
		free(der);
	}
	(void)closedir(dir);
	return status;
}

static bool is_ours(const char *name)
{
	const char *hex = strncmp(name, STAGED, strlen(STAGED)) == 0 ? name + strlen(STAGED) : name;

	return strlen(hex) == HEX_LENGTH && strspn(hex, "0123456789abcdef") == HEX_LENGTH;
}

static naccs_status folder_list(struct naccs_store *store, naccs_item_sink *sink, void *context, struct naccs_error *err)
{
	int fd = open_folder(store, ".");
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	naccs_status status = NACCS_OK;

	if (dir == NULL)
		return errno == ENOENT ? NACCS_OK : fail_errno(err, "read", store->path);
	for (struct dirent *entry; status == NACCS_OK && (entry = readdir(dir)) != NULL;) {
		if (is_ours(entry->d_name))
			status = list_folder(store, entry->d_name, sink, context, err);
	}
	(void)closedir(dir);
	return status;
}

/* ---- the install ---- */

static EVP_PKEY *decode_key(const uint8_t *der, size_t length)
{
	PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &der, (long)length);
	EVP_PKEY *key = info != NULL ? EVP_PKCS82PKEY(info) : NULL;

	PKCS8_PRIV_KEY_INFO_free(info);
	return key;
}

static naccs_status check_key(const struct naccs_installation *installation, struct naccs_error *err)
{
	EVP_PKEY *key = decode_key(installation->private_key.data, installation->private_key.length);
	bool is_taken = key != NULL && (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "EC"));

	EVP_PKEY_free(key);
	return is_taken ? NACCS_OK : naccs_error_set(err, NACCS_E_STORE_UNSUPPORTED, 0, "cannot take this key: it is neither RSA nor EC");
}

static naccs_status folder_plan(struct naccs_store *store, const struct naccs_installation *installation, naccs_part_sink *sink,
				void *context, struct naccs_error *err)
{
	struct name name = name_of(installation->sha256, false);
	int folder = open_folder(store, name.text);
	struct naccs_part part = {
		.size = sizeof part,
		.role = NACCS_ROLE_FOLDER,
		.action = store->dir >= 0 ? NACCS_PART_ADOPT : NACCS_PART_CREATE,
		.identity = ".",
	};
	naccs_status status = check_key(installation, err);

	if (status == NACCS_OK)
		status = sink(context, &part);
	part = (struct naccs_part){
		.size = sizeof part,
		.role = NACCS_ROLE_CLIENT,
		.action = folder >= 0 ? NACCS_PART_ADOPT : NACCS_PART_CREATE,
		.identity = name.text,
	};
	if (folder >= 0)
		(void)close(folder);
	return status == NACCS_OK ? sink(context, &part) : status;
}

static naccs_status write_all(int folder, const struct naccs_installation *in, struct naccs_error *err)
{
	const struct {
		const char *prefix;
		const struct naccs_bytes *list;
		size_t count;
	} lists[] = {
		{"intermediate-", in->intermediates, in->intermediate_count},
		{"anchor-", in->server_anchors, in->server_anchor_count},
		{"server-intermediate-", in->server_intermediates, in->server_intermediate_count},
	};
	naccs_status status = write_file(folder, "key.der", in->private_key, err);

	if (status == NACCS_OK)
		status = write_file(folder, "cert.der", in->certificate, err);
	if (status == NACCS_OK)
		status = write_file(folder, "client-ca.der", in->client_ca, err);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		for (size_t j = 0; j < lists[i].count && status == NACCS_OK; j++) {
			char name[64];
			(void)snprintf(name, sizeof name, "%s%zu.der", lists[i].prefix, j);
			status = write_file(folder, name, lists[i].list[j], err);
		}
	}
	return status;
}

/* Everything as before plan, from wherever it stopped. Also the end of remove: what goes is renamed first, so that it is gone at once. */
static naccs_status take_back(struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;
	struct name staged, name;

	for (size_t i = 0; i < count && status == NACCS_OK && store->dir >= 0; i++) {
		if (parts[i].action != NACCS_PART_CREATE || !name_of_part(&parts[i], true, &staged) ||
		    !name_of_part(&parts[i], false, &name))
			continue;
		status = delete_folder(store, staged.text, err);
		if (status == NACCS_OK && renameat(store->dir, name.text, store->dir, staged.text) != 0 && errno != ENOENT)
			status = fail_errno(err, "rename", name.text);
		if (status == NACCS_OK)
			status = delete_folder(store, staged.text, err);
		if (status == NACCS_OK)
			status = sync_dir(store, err);
	}
	for (size_t i = 0; i < count && status == NACCS_OK; i++) {
		if (parts[i].role != NACCS_ROLE_FOLDER || parts[i].action != NACCS_PART_CREATE)
			continue;
		if (rmdir(store->path) == 0 && store->dir >= 0) {
			(void)close(store->dir);
			store->dir = -1;
		} else if (errno != ENOENT && errno != ENOTEMPTY) {
			status = fail_errno(err, "delete", store->path);
		}
	}
	return status;
}

static naccs_status write_staged(struct naccs_store *store, const struct naccs_installation *installation, struct naccs_error *err)
{
	struct name staged = name_of(installation->sha256, true);
	naccs_status status = NACCS_OK;

	if (store->dir < 0) {
		if (mkdir(store->path, 0700) != 0)
			return fail_errno(err, "make", store->path);
		store->dir = open(store->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		status = store->dir < 0 ? fail_errno(err, "open", store->path) : lock(store, 0, err);
	}
	if (status == NACCS_OK)
		status = delete_folder(store, staged.text, err);
	if (status == NACCS_OK && mkdirat(store->dir, staged.text, 0700) != 0)
		status = fail_errno(err, "make", staged.text);
	int folder = status == NACCS_OK ? open_folder(store, staged.text) : -1;
	if (folder >= 0) {
		status = write_all(folder, installation, err);
		if (status == NACCS_OK && fsync(folder) != 0)
			status = fail_errno(err, "write", staged.text);
		(void)close(folder);
	}
	return status == NACCS_OK ? sync_dir(store, err) : status;
}

static naccs_status check_write(const struct naccs_store *store, struct naccs_error *err)
{
	return store->is_write ? NACCS_OK : naccs_error_set(err, NACCS_E_USAGE, 0, "%s was opened for reading", store->path);
}

static naccs_status folder_stage(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
				 size_t count, struct naccs_error *err)
{
	struct naccs_error undo = {0};
	naccs_status status = check_write(store, err);

	for (size_t i = 0; i < count && status == NACCS_OK; i++) {
		if (parts[i].role == NACCS_ROLE_CLIENT && parts[i].action == NACCS_PART_CREATE)
			status = write_staged(store, installation, err);
	}
	if (status != NACCS_OK && store->is_write)
		(void)take_back(store, parts, count, &undo);
	return status;
}

static naccs_status finish(struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	naccs_status status = check_write(store, err);
	struct name staged, name;

	for (size_t i = 0; i < count && status == NACCS_OK; i++) {
		if (!name_of_part(&parts[i], true, &staged) || !name_of_part(&parts[i], false, &name) ||
		    parts[i].action != NACCS_PART_CREATE)
			continue;
		int there = open_folder(store, name.text);
		if (there >= 0) /* renamed already */
			(void)close(there);
		else if (store->dir < 0 || renameat(store->dir, staged.text, store->dir, name.text) != 0)
			status = errno == ENOENT ? naccs_error_set(err, NACCS_E_STORE_DAMAGED, 0, "%s: nothing was staged", store->path)
						 : fail_errno(err, "rename", staged.text);
	}
	return status == NACCS_OK ? sync_dir(store, err) : status;
}

static naccs_status folder_commit(struct naccs_store *store, const struct naccs_installation *installation, const struct naccs_part *parts,
				  size_t count, struct naccs_error *err)
{
	(void)installation;
	return finish(store, parts, count, err);
}

static naccs_status folder_take_back(struct naccs_store *store, const struct naccs_part *parts, size_t count, struct naccs_error *err)
{
	naccs_status status = check_write(store, err);

	return status == NACCS_OK ? take_back(store, parts, count, err) : status;
}

static naccs_status folder_recover(struct naccs_store *store, enum naccs_recovery direction, const struct naccs_part *parts, size_t count,
				   struct naccs_error *err)
{
	return direction == NACCS_RECOVERY_FINISH ? finish(store, parts, count, err) : folder_take_back(store, parts, count, err);
}

/* ---- the key at work ---- */

static EVP_PKEY *find_key(const struct naccs_store *store, const uint8_t sha256[NACCS_SHA256_SIZE])
{
	EVP_PKEY *key = NULL;

	for (int is_staged = 1; is_staged >= 0 && key == NULL; is_staged--) {
		int folder = open_folder(store, name_of(sha256, is_staged != 0).text);
		size_t length = 0;
		uint8_t *der = folder >= 0 ? read_file(folder, "key.der", &length) : NULL;
		key = der != NULL ? decode_key(der, length) : NULL;
		wipe_and_free(der, length);
		if (folder >= 0)
			(void)close(folder);
	}
	return key;
}

static bool set_up(EVP_PKEY_CTX *context, const EVP_MD *hash, const struct naccs_sign_request *request)
{
	if (EVP_PKEY_sign_init(context) != 1 || EVP_PKEY_CTX_set_signature_md(context, hash) != 1)
		return false;
	if (request->padding == NACCS_PADDING_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
	if (request->padding == NACCS_PADDING_PSS)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)request->salt_length) == 1;
	return true;
}

static naccs_status folder_sign(struct naccs_store *store, const struct naccs_sign_request *request, naccs_bytes_sink *sink, void *context,
				struct naccs_error *err)
{
	const EVP_MD *const hashes[] = {NULL, EVP_sha256(), EVP_sha384(), EVP_sha512(), EVP_sha1()};
	EVP_PKEY *key = find_key(store, request->certificate);
	EVP_PKEY_CTX *signing = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	uint8_t signature[1024];
	size_t length = sizeof signature;
	naccs_status status;

	if (key == NULL)
		status = naccs_error_set(err, NACCS_E_VERIFY_NONE, 0, "%s does not hold this certificate", store->path);
	else if (signing == NULL || request->hash < 1 || request->hash > 4 || !set_up(signing, hashes[request->hash], request) ||
		 EVP_PKEY_sign(signing, signature, &length, request->digest.data, request->digest.length) != 1)
		status = naccs_error_set(err, NACCS_E_STORE_IO, 0, "cannot sign with the key in %s", store->path);
	else
		status = sink(context, signature, length);
	EVP_PKEY_CTX_free(signing);
	EVP_PKEY_free(key);
	return status;
}

static naccs_status folder_export_key(struct naccs_store *store, const uint8_t certificate[NACCS_SHA256_SIZE], naccs_bytes_sink *sink,
				      void *context, struct naccs_error *err)
{
	int folder = open_folder(store, name_of(certificate, false).text);
	size_t length = 0;
	uint8_t *der = folder >= 0 ? read_file(folder, "key.der", &length) : NULL;
	naccs_status status = der != NULL ? sink(context, der, length)
					  : naccs_error_set(err, NACCS_E_VERIFY_NONE, 0, "%s does not hold this certificate", store->path);

	wipe_and_free(der, length);
	if (folder >= 0)
		(void)close(folder);
	return status;
}

static const struct naccs_backend backend = {
	.abi = NACCS_BACKEND_ABI,
	.size = sizeof backend,
	.scheme = "folder",
	.summary = "an example: a folder of DER files, folder:/absolute/path",
	.open = folder_open,
	.close = folder_close,
	.describe = folder_describe,
	.list = folder_list,
	.plan = folder_plan,
	.stage = folder_stage,
	.commit = folder_commit,
	.abort = folder_take_back,
	.recover = folder_recover,
	.remove = folder_take_back,
	.sign = folder_sign,
	.export_key = folder_export_key,
};

__attribute__((visibility("default"))) const struct naccs_backend *naccs_backend_entry(void);

const struct naccs_backend *naccs_backend_entry(void)
{
	return &backend;
}
