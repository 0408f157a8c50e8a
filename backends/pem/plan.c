/* SPDX-License-Identifier: Apache-2.0 */
/* Why: say what an install would touch, and refuse here what can't work. Writes nothing. */
#include "pem.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#define PARENTS_LIMIT 32

struct plan {
	const struct naccs_store *store;
	const struct naccs_installation *installation;
	naccs_part_sink *sink;
	void *context;
	X509 *certificate;
	int archive; /* -1: there is none yet */
	char *set_name;
	char *identity; /* "archive/NAME" */
	uint32_t set_action;
	char *live;
};

static naccs_status emit(const struct plan *plan, uint32_t role, uint32_t action, const char *identity, const char *before)
{
	struct naccs_part part = {
		.size = sizeof part,
		.role = role,
		.action = action,
		.identity = identity,
		.before = {(const uint8_t *)before, before != NULL ? strlen(before) : 0},
	};

	return plan->sink(plan->context, &part);
}

/* RFC 2253, made safe for a terminal. Caller frees. */
static char *name_text(const X509_NAME *name)
{
	naccs_auto(bio) BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;

	if (bio == NULL || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) < 0)
		return NULL;
	long length = BIO_get_mem_data(bio, &text);
	return naccs_text_printable(text, (size_t)length);
}

static naccs_status check_key(const struct plan *plan, struct naccs_error *err)
{
	naccs_auto(pkey) EVP_PKEY *key = NULL;

	if (plan->installation->private_key.length == 0)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot install into %s: there is no private key"), plan->store->path);
	naccs_status status = pem_key_decode(plan->store, plan->installation->private_key, &key, err);
	if (status != NACCS_OK)
		return naccs_error_prefix(err, _("cannot install into %s"), plan->store->path);
	if (!EVP_PKEY_is_a(key, "RSA") && !EVP_PKEY_is_a(key, "EC"))
		return naccs_fail(err, NACCS_E_STORE_UNSUPPORTED, 0,
				  _("cannot install into %s: keys of type %s are not taken, only RSA and EC"), plan->store->path,
				  EVP_PKEY_get0_type_name(key));
	if (EVP_PKEY_eq(X509_get0_pubkey(plan->certificate), key) != 1)
		return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot install into %s: the key does not belong to the certificate"),
				  plan->store->path);
	return NACCS_OK;
}

/* One subject per directory. What can't be read names no subject. */
static naccs_status check_subject_of(const struct plan *plan, const char *name, struct naccs_error *err)
{
	struct naccs_error ignored = {0};
	naccs_auto(pem_set) struct pem_set set = {.folder = -1};
	naccs_auto(x509) X509 *other = NULL;

	if (pem_set_open(plan->store, plan->archive, name, &set, &ignored) != NACCS_OK ||
	    pem_certificate_decode(plan->store, set.client.der[0], &other, &ignored) != NACCS_OK) {
		pem_log(plan->store, "pem: passed over: %s", ignored.message);
		return NACCS_OK;
	}
	if (X509_NAME_cmp(X509_get_subject_name(other), X509_get_subject_name(plan->certificate)) == 0)
		return NACCS_OK;
	naccs_auto(heap) char *theirs = name_text(X509_get_subject_name(other));
	naccs_auto(heap) char *ours = name_text(X509_get_subject_name(plan->certificate));
	(void)naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("cannot install a certificate of \"%s\" into %s: it holds one of \"%s\""),
			 ours != NULL ? ours : "?", plan->store->path, theirs != NULL ? theirs : "?");
	return naccs_error_hint(err, _("give each terminal a directory of its own"));
}

static naccs_status check_subjects(const struct plan *plan, struct naccs_error *err)
{
	naccs_auto(pem_names) struct pem_names names = {0};
	naccs_status status = NACCS_OK;

	if (plan->archive >= 0)
		status = pem_names_read(plan->archive, PEM_NAMES_SETS, &names, err);
	for (size_t i = 0; i < names.count && status == NACCS_OK; i++)
		status = check_subject_of(plan, names.name[i], err);
	return status;
}

/* The parents that are missing, outermost first: "../..", "..". */
static naccs_status plan_parents(const struct plan *plan, struct naccs_error *err)
{
	naccs_auto(heap) char *path = strdup(plan->store->path);
	char identity[3 * PARENTS_LIMIT + 1] = "";
	size_t depth = 0;
	struct stat status;

	if (path == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	for (char *slash = strrchr(path, '/'); slash != NULL && slash != path; slash = strrchr(path, '/')) {
		*slash = '\0';
		if (stat(path, &status) == 0 || errno != ENOENT)
			break;
		if (depth >= PARENTS_LIMIT)
			return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use %s: too many folders on the way to it are missing"),
					  plan->store->path);
		memcpy(identity + 3 * depth++, "../", sizeof "../");
	}
	naccs_status result = NACCS_OK;
	for (; depth > 0 && result == NACCS_OK; depth--) {
		identity[3 * depth - 1] = '\0';
		result = emit(plan, NACCS_ROLE_FOLDER, NACCS_PART_CREATE, identity, NULL);
	}
	return result;
}

static naccs_status plan_folder(const struct plan *plan, int fd, const char *identity, struct naccs_error *err)
{
	const struct naccs_store *store = plan->store;
	struct stat status;

	if (fd < 0)
		return emit(plan, NACCS_ROLE_FOLDER, NACCS_PART_CREATE, identity, NULL);
	if (fstat(fd, &status) != 0)
		return naccs_fail_errno(err, NACCS_E_STORE_IO, errno, _("cannot examine %s"), store->path);
	mode_t group_bits = S_IRGRP | S_IXGRP;
	if (!store->has_group || (status.st_gid == store->group && (status.st_mode & group_bits) == group_bits) ||
	    (status.st_mode & (S_IROTH | S_IXOTH)) == (S_IROTH | S_IXOTH))
		return emit(plan, NACCS_ROLE_FOLDER, NACCS_PART_ADOPT, identity, NULL);
	naccs_auto(heap) char *before = pem_part_before_folder(&status);
	if (before == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	return emit(plan, NACCS_ROLE_FOLDER, NACCS_PART_CHANGE, identity, before);
}

/* Nothing in the way of the files of the set may be a link or writable by others; root takes owners as it finds them (it kept them itself).
 */
static naccs_status check_in_the_way(const struct plan *plan, int folder, struct naccs_error *err)
{
	struct stat status;

	for (size_t i = 0; i <= PEM_FILE_COUNT; i++) {
		const char *name = i < PEM_FILE_COUNT ? pem_file_kinds[i].name : ".";
		if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		bool is_right_kind = i < PEM_FILE_COUNT ? S_ISREG(status.st_mode) : S_ISDIR(status.st_mode);
		bool is_closed = (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
		if (is_right_kind && (pem_is_ours(plan->store, &status) || (geteuid() == 0 && is_closed)))
			continue;
		return naccs_fail(err, NACCS_E_STORE_UNSAFE, 0,
				  _("refused to touch %s/%s/%s: it is a link, belongs to another user or can be written by others"),
				  plan->store->path, plan->identity, name);
	}
	return NACCS_OK;
}

/* Does every file hold what we would write, with the group's permission if one was asked for? */
static bool is_same(const struct plan *plan, const struct pem_set *set, const struct pem_contents *wanted)
{
	mode_t group_bits = S_IRGRP | S_IXGRP;
	struct stat status;

	if (fstat(set->folder, &status) != 0)
		return false;
	bool is_same = !plan->store->has_group || (status.st_gid == plan->store->group && (status.st_mode & group_bits) == group_bits);
	for (size_t i = 0; i < PEM_FILE_COUNT && is_same; i++) {
		struct naccs_error ignored = {0};
		naccs_auto(secret) struct naccs_secret *there = NULL;
		naccs_status read = pem_set_read(plan->store, set, (enum pem_file)i, &there, &ignored);
		is_same = wanted->file[i] == NULL ? read == NACCS_E_FILE_MISSING
						  : read == NACCS_OK && naccs_secret_equal(there, wanted->file[i]);
		if (is_same && plan->store->has_group && pem_file_kinds[i].is_private)
			is_same = fstatat(set->folder, pem_file_kinds[i].name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
				  status.st_gid == plan->store->group && (status.st_mode & S_IRGRP) != 0;
	}
	return is_same;
}

/* A set of that name is there: ours already, ours but damaged or outdated, or another certificate's. */
static naccs_status compare_set(struct plan *plan, int folder, struct naccs_error *err)
{
	struct naccs_error found = {0};
	uint8_t sha256[NACCS_SHA256_SIZE];
	naccs_auto(pem_set) struct pem_set set = {.folder = -1};
	naccs_auto(pem_contents) struct pem_contents wanted = {0};
	naccs_status status = check_in_the_way(plan, folder, err);

	if (status != NACCS_OK)
		return status;
	plan->set_action = NACCS_PART_CHANGE;
	if (pem_set_open(plan->store, plan->archive, plan->set_name, &set, &found) != NACCS_OK) {
		pem_log(plan->store, "pem: will be repaired: %s", found.message);
		return NACCS_OK;
	}
	if (!pem_sha256(plan->store, plan->installation->certificate, sha256))
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot compute a SHA-256"));
	if (memcmp(sha256, set.sha256, sizeof sha256) != 0)
		return naccs_fail(err, NACCS_E_STORE_OPEN, 0,
				  _("cannot install into %s: %s holds another certificate of the same date and serial number"),
				  plan->store->path, plan->identity);
	status = pem_contents_render(plan->installation, &wanted, err);
	if (status == NACCS_OK && is_same(plan, &set, &wanted))
		plan->set_action = NACCS_PART_ADOPT;
	return status;
}

static naccs_status plan_set(struct plan *plan, struct naccs_error *err)
{
	naccs_auto(fd) int folder = -1;
	naccs_status status = NACCS_OK;

	plan->set_action = NACCS_PART_CREATE;
	if (plan->archive >= 0)
		status = pem_folder_open(plan->store, plan->archive, plan->set_name, &folder, err);
	if (status == NACCS_OK && folder >= 0)
		status = compare_set(plan, folder, err);
	if (status != NACCS_OK)
		return status;
	if (plan->set_action != NACCS_PART_CHANGE)
		return emit(plan, NACCS_ROLE_CLIENT, plan->set_action, plan->identity, NULL);
	naccs_auto(heap) char *before = pem_part_before_set(plan->archive, plan->set_name);
	if (before == NULL)
		return naccs_fail(err, NACCS_E_STORE_DAMAGED, 0, _("cannot repair %s/%s: too many replaced copies of it lie in %s"),
				  plan->store->path, plan->identity, PEM_ARCHIVE);
	return emit(plan, NACCS_ROLE_CLIENT, plan->set_action, plan->identity, before);
}

static naccs_status plan_live(const struct plan *plan)
{
	if (plan->live == NULL)
		return emit(plan, NACCS_ROLE_CURRENT, NACCS_PART_CREATE, PEM_LIVE, NULL);
	if (strcmp(plan->live, plan->identity) == 0 && pem_current_is(plan->store, plan->live))
		return emit(plan, NACCS_ROLE_CURRENT, NACCS_PART_ADOPT, PEM_LIVE, NULL);
	return emit(plan, NACCS_ROLE_CURRENT, NACCS_PART_CHANGE, PEM_LIVE, plan->live);
}

static naccs_status look(struct plan *plan, struct naccs_error *err)
{
	naccs_status status = pem_certificate_decode(plan->store, plan->installation->certificate, &plan->certificate, err);

	if (status == NACCS_OK)
		status = check_key(plan, err);
	if (status == NACCS_OK)
		status = pem_set_name(plan->installation, &plan->set_name, err);
	if (status == NACCS_OK)
		status = pem_archive_open(plan->store, &plan->archive, err);
	if (status == NACCS_OK)
		status = pem_live_read(plan->store, &plan->live, err);
	if (status == NACCS_OK)
		status = check_subjects(plan, err);
	if (status == NACCS_OK && (plan->identity = naccs_format("%s/%s", PEM_ARCHIVE, plan->set_name)) == NULL)
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	return status;
}

static void plan_free(struct plan *plan)
{
	X509_free(plan->certificate);
	if (plan->archive >= 0)
		(void)close(plan->archive);
	free(plan->set_name);
	free(plan->identity);
	free(plan->live);
}

naccs_status pem_plan(struct naccs_store *store, const struct naccs_installation *installation, naccs_part_sink *sink, void *context,
		      struct naccs_error *err)
{
	__attribute__((cleanup(plan_free))) struct plan plan = {
		.store = store,
		.installation = installation,
		.sink = sink,
		.context = context,
		.archive = -1,
	};
	naccs_status status = look(&plan, err);

	if (status == NACCS_OK && store->dir < 0)
		status = plan_parents(&plan, err);
	if (status == NACCS_OK)
		status = plan_folder(&plan, store->dir, ".", err);
	if (status == NACCS_OK)
		status = plan_folder(&plan, plan.archive, PEM_ARCHIVE, err);
	if (status == NACCS_OK)
		status = plan_set(&plan, err);
	return status == NACCS_OK ? plan_live(&plan) : status;
}
