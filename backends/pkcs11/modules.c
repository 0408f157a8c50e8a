/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: which modules are loaded: those of p11-kit's configuration, or the one that module-path names. A module runs with all our rights, so
 * the file at module-path must be out of others' reach. Modules are initialised one by one when they are looked at: the first token that
 * answers a whole URI with a real serial ends the search, and a reader that hangs is not waited for in vain.
 */
#include "pkcs11.h"

#include "file.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

static naccs_status fail_unsafe(const char *path, struct naccs_error *err)
{
	(void)naccs_fail(err, NACCS_E_STORE_UNSAFE, 0,
			 _("refused to load the module %s: it is no file that root or you alone can write"), path);
	return naccs_error_hint(err, _("Make root its owner and take write permission from group and others (chown root, chmod go-w)."));
}

static naccs_status check_folder_of(const char *path, struct naccs_error *err)
{
	const char *slash = strrchr(path, '/');
	naccs_auto(heap) char *folder = slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));

	return folder != NULL ? naccs_path_check_safe(folder, err) : naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
}

/* The file behind links, which is loaded then: what was checked is what is used. */
static naccs_status check_path(const char *path, char real[PATH_MAX], struct naccs_error *err)
{
	struct stat file;

	if (path[0] != '/')
		return naccs_fail(err, NACCS_E_USAGE, 0, _("module-path has to be an absolute path, not %s"), path);
	if (realpath(path, real) == NULL || stat(real, &file) != 0)
		return naccs_fail_errno(err, NACCS_E_STORE_OPEN, errno, _("cannot load the PKCS#11 module %s"), path);
	if (!S_ISREG(file.st_mode) || (file.st_uid != 0 && file.st_uid != geteuid()) || (file.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return fail_unsafe(real, err);
	naccs_status status = check_folder_of(real, err);
	/* A folder with links that others can turn elsewhere is no safer. Its own last part may be a link, so its real path is looked at. */
	const char *slash = strrchr(path, '/');
	naccs_auto(heap) char *given = strndup(path, (size_t)(slash - path) + 1);
	naccs_auto(heap) char *folder = given != NULL ? realpath(given, NULL) : NULL;
	if (status == NACCS_OK && folder != NULL)
		status = naccs_path_check_safe(folder, err);
	return status == NACCS_OK ? NACCS_OK : naccs_error_prefix(err, _("refused to load the module %s"), path);
}

static naccs_status load_sole(const char *path, struct pkcs11_modules *ret, struct naccs_error *err)
{
	char real[PATH_MAX];
	naccs_status status = check_path(path, real, err);

	if (status != NACCS_OK)
		return status;
	ret->sole = p11_kit_module_load(real, 0);
	if (ret->sole == NULL) {
		const char *message = p11_kit_message();
		return naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("cannot load the PKCS#11 module %s: %s"), real,
				  message != NULL ? message : _("it is no PKCS#11 module"));
	}
	ret->count = 1;
	return NACCS_OK;
}

naccs_status pkcs11_modules_load(const char *path, struct pkcs11_modules *ret, struct naccs_error *err)
{
	struct pkcs11_modules modules = {0};

	p11_kit_be_quiet();
	if (path != NULL) {
		naccs_status status = load_sole(path, &modules, err);
		if (status != NACCS_OK)
			return status;
	} else {
		modules.list = p11_kit_modules_load(NULL, 0);
		if (modules.list == NULL) {
			const char *message = p11_kit_message();
			return naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("cannot load the PKCS#11 modules of this machine: %s"),
					  message != NULL ? message : _("p11-kit gives no reason"));
		}
		while (modules.list[modules.count] != NULL)
			modules.count++;
	}
	modules.is_initialised = calloc(modules.count + 1, sizeof *modules.is_initialised);
	if (modules.is_initialised == NULL) {
		pkcs11_modules_release(&modules);
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	}
	*ret = modules;
	return NACCS_OK;
}

static CK_FUNCTION_LIST *module_at(const struct pkcs11_modules *modules, size_t i)
{
	return modules->sole != NULL ? modules->sole : modules->list[i];
}

static bool has_option(CK_FUNCTION_LIST *module, const char *option)
{
	naccs_auto(heap) char *value = p11_kit_config_option(module, option);

	return value != NULL && strcmp(value, "yes") == 0;
}

bool pkcs11_modules_log_calls(CK_FUNCTION_LIST *module)
{
	return has_option(module, "log-calls") || has_option(NULL, "log-calls");
}

/* module-name of RFC 7512: the file's name without "lib" and ".so", or the name under which p11-kit knows the module. */
bool pkcs11_module_is_named(CK_FUNCTION_LIST *module, const char *name)
{
	naccs_auto(heap) char *configured = p11_kit_module_get_name(module);
	naccs_auto(heap) char *file = p11_kit_module_get_filename(module);

	if (configured != NULL && strcmp(configured, name) == 0)
		return true;
	const char *slash = file != NULL ? strrchr(file, '/') : NULL;
	const char *base = slash != NULL ? slash + 1 : file;
	if (base == NULL)
		return false;
	if (strncmp(base, "lib", 3) == 0)
		base += 3;
	return strncmp(base, name, strlen(name)) == 0 && strncmp(base + strlen(name), ".so", 3) == 0;
}

bool pkcs11_modules_use(const struct naccs_host *host, struct pkcs11_modules *modules, size_t i, CK_FUNCTION_LIST **ret)
{
	CK_FUNCTION_LIST *module = module_at(modules, i);

	if (modules->sole == NULL && has_option(module, "trust-policy")) /* the system's CA certificates: no place for a key */
		return false;
	if (!modules->is_initialised[i]) {
		CK_RV rv = p11_kit_module_initialize(module);
		modules->is_initialised[i] = rv == CKR_OK;
		if (rv != CKR_OK && host->log != NULL) {
			naccs_auto(heap) char *called = p11_kit_module_get_name(module);
			naccs_auto(heap) char *line = naccs_format("pkcs11: the module %s can't be initialised: %s",
								   called != NULL ? called : "?", p11_kit_strerror(rv));
			if (line != NULL)
				host->log(host->context, line);
		}
	}
	*ret = module;
	return modules->is_initialised[i];
}

void pkcs11_modules_release(struct pkcs11_modules *modules)
{
	for (size_t i = 0; modules->is_initialised != NULL && i < modules->count; i++)
		if (modules->is_initialised[i])
			(void)p11_kit_module_finalize(module_at(modules, i));
	if (modules->sole != NULL)
		p11_kit_module_release(modules->sole);
	if (modules->list != NULL)
		p11_kit_modules_release(modules->list);
	free(modules->is_initialised);
	*modules = (struct pkcs11_modules){0};
}
