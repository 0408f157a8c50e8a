/* SPDX-License-Identifier: Apache-2.0 */
/* Why: which NSS databases a user has. One table says where programs keep them; what is in it was seen in real homes. */
#include "places.h"

#include "file.h"

#include "text.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum base { HOME, CONFIG, DATA };

/* Folders with a profiles.ini. Where ~/.mozilla/firefox exists, Firefox does not look into the next one (147 and later). */
static const struct {
	enum nss_application application;
	enum base base;
	const char *path;
} profile_folders[] = {
	{NSS_FIREFOX, HOME, ".mozilla/firefox"},
	{NSS_FIREFOX, CONFIG, "mozilla/firefox"},
	{NSS_FIREFOX, HOME, "snap/firefox/common/.mozilla/firefox"},
	{NSS_FIREFOX, HOME, ".var/app/org.mozilla.firefox/.mozilla/firefox"},
	{NSS_FIREFOX, HOME, ".var/app/org.mozilla.firefox/config/mozilla/firefox"},
	{NSS_THUNDERBIRD, HOME, ".thunderbird"},
	{NSS_THUNDERBIRD, HOME, "snap/thunderbird/common/.thunderbird"},
	{NSS_THUNDERBIRD, HOME, ".var/app/org.mozilla.Thunderbird/.thunderbird"},
};

/* Chromium's own. The first that exists is it; none: the second is made. Never the first where the second is in use: it would hide it. */
static const struct {
	enum base base;
	const char *path;
} chromium_own[] = {{HOME, ".pki/nssdb"}, {DATA, "pki/nssdb"}};

/* Those of Chromium and its kin in boxes of their own, where they exist. */
static const char *const chromium_boxed[] = {
	"snap/chromium/current/.pki/nssdb",
	".var/app/org.chromium.Chromium/.pki/nssdb",
	".var/app/com.google.Chrome/.pki/nssdb",
};

/* One of these tells that a browser of that family is used, even before it has a database. */
static const char *const chromium_settings[] = {"chromium", "google-chrome", "microsoft-edge", "BraveSoftware", "vivaldi", "opera"};

struct search {
	const struct nss_surroundings *here;
	struct nss_places *places;
	uid_t owner;	 /* of the home */
	bool is_foreign; /* somebody else's home */
};

static naccs_status fail_memory(struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

void nss_note(const struct nss_surroundings *here, const char *format, ...)
{
	char line[1024];
	va_list arguments;

	if (here->log == NULL)
		return;
	va_start(arguments, format);
	(void)vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	here->log(here->log_context, line);
}

/* Caller frees. */
static char *below(const struct nss_surroundings *here, enum base base, const char *path)
{
	if (base == CONFIG && here->config_home != NULL)
		return naccs_format("%s/%s", here->config_home, path);
	if (base == DATA && here->data_home != NULL)
		return naccs_format("%s/%s", here->data_home, path);
	return naccs_format("%s/%s%s", here->home, base == CONFIG ? ".config/" : base == DATA ? ".local/share/" : "", path);
}

static bool is_directory(const char *path)
{
	struct stat about;

	return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

void nss_places_clear(struct nss_places *places)
{
	for (size_t i = 0; i < places->count; i++) {
		free(places->items[i].directory);
		free(places->items[i].name);
		free(places->items[i].folder);
	}
	free(places->items);
	for (size_t i = 0; i < sizeof places->looked / sizeof places->looked[0]; i++)
		free(places->looked[i]);
	*places = (struct nss_places){0};
}

/* Below the home as seen from there: a hint has room for all of them. */
static naccs_status note_looked(const struct search *search, enum nss_application application, const char *folder, struct naccs_error *err)
{
	char **looked = &search->places->looked[application];
	size_t home = strlen(search->here->home);
	bool is_below = strncmp(folder, search->here->home, home) == 0 && folder[home] == '/';
	const char *shown = is_below ? folder + home + 1 : folder;
	char *longer = *looked == NULL ? strdup(shown) : naccs_format("%s, %s", *looked, shown);

	if (longer == NULL)
		return fail_memory(err);
	free(*looked);
	*looked = longer;
	return NACCS_OK;
}

/* In somebody else's home, a path must not lead root to a third one's. */
static naccs_status check_owner(const struct search *search, const char *directory, struct naccs_error *err)
{
	naccs_auto(heap) char *existing = nss_path_existing(directory);
	struct stat about;

	if (existing == NULL)
		return fail_memory(err);
	if (!search->is_foreign || stat(existing, &about) != 0 || about.st_uid == search->owner)
		return NACCS_OK;
	(void)naccs_fail(err, NACCS_E_STORE_UNSAFE, 0, _("refused to use %s: %s belongs to user %ju, and the home %s to user %ju"),
			 directory, existing, (uintmax_t)about.st_uid, search->here->home, (uintmax_t)search->owner);
	return naccs_error_hint(err, _("chown %ju %s, if it is that user's own"), (uintmax_t)search->owner, existing);
}

/* The directory's canonical name; what nobody may be led to keeps the one that was said, and why. */
static naccs_status look(const struct search *search, const struct nss_place *wanted, const char *path, char **ret_directory,
			 struct naccs_error *ret_refusal, struct naccs_error *err)
{
	naccs_auto(heap) char *uri = naccs_format("nss:%s", path);
	naccs_status status = uri != NULL ? naccs_nss_directory(uri, ret_directory, err) : fail_memory(err);

	if (status == NACCS_OK && wanted->application != NSS_SYSTEM)
		status = check_owner(search, *ret_directory, err);
	if (status != NACCS_E_STORE_UNSAFE)
		return status;
	nss_note(search->here, _("%s was passed over: %s"), path, err->message);
	*ret_refusal = *err;
	*err = (struct naccs_error){0};
	if (*ret_directory == NULL)
		*ret_directory = strdup(path);
	return *ret_directory != NULL ? NACCS_OK : fail_memory(err);
}

/* Add a database unless it is there already under another path. *ret_added (may be NULL): whether it was added. */
static naccs_status add(const struct search *search, const struct nss_place *wanted, const char *path, bool *ret_added,
			struct naccs_error *err)
{
	struct nss_places *places = search->places;
	naccs_auto(heap) char *directory = NULL;
	struct naccs_error refusal = {0};
	struct nss_place *grown;
	naccs_status status = look(search, wanted, path, &directory, &refusal, err);

	if (ret_added != NULL)
		*ret_added = false;
	if (status != NACCS_OK)
		return status;
	for (size_t i = 0; i < places->count; i++)
		if (strcmp(places->items[i].directory, directory) == 0)
			return NACCS_OK;
	grown = reallocarray(places->items, places->count + 1, sizeof *grown);
	if (grown == NULL)
		return fail_memory(err);
	places->items = grown;
	grown[places->count] = *wanted;
	grown[places->count].kind = naccs_nss_is_system_wide(directory) ? naccs_nss_kind(directory) : wanted->kind;
	grown[places->count].directory = naccs_take(&directory);
	grown[places->count].name = strdup(wanted->name != NULL ? wanted->name : "");
	grown[places->count].folder = strdup(wanted->folder != NULL ? wanted->folder : "");
	grown[places->count].refusal = refusal;
	places->count++;
	if (grown[places->count - 1].name == NULL || grown[places->count - 1].folder == NULL)
		return fail_memory(err);
	if (ret_added != NULL)
		*ret_added = true;
	return NACCS_OK;
}

/* When a profile was used last, as far as its own files tell; what we write into its database does not count. */
static int64_t last_used(const char *directory)
{
	static const char *const names[] = {"prefs.js", ".parentlock", "compatibility.ini"};
	int64_t latest = 0;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		naccs_auto(heap) char *path = naccs_format("%s/%s", directory, names[i]);
		struct stat about;

		if (path != NULL && lstat(path, &about) == 0 && about.st_mtim.tv_sec > latest)
			latest = about.st_mtim.tv_sec;
	}
	return latest;
}

/* Of one folder's places from `first` on, mark the one in use. Several programs may have one each: the one used last. None said so: the old
 * default, or the only one. */
static void choose_in_use(struct nss_places *places, size_t first, const bool *is_default)
{
	struct nss_place *chosen = NULL;
	int64_t chosen_time = 0;

	for (size_t i = first; i < places->count; i++) {
		struct nss_place *place = &places->items[i];
		int64_t time = place->is_in_use ? last_used(place->directory) : 0;

		if (place->is_in_use && (chosen == NULL || time > chosen_time)) {
			chosen = place;
			chosen_time = time;
		}
		place->is_in_use = false;
	}
	for (size_t i = first; chosen == NULL && i < places->count; i++)
		if (is_default[i - first] || places->count - first == 1)
			chosen = &places->items[i];
	if (chosen != NULL)
		chosen->is_in_use = true;
}

static naccs_status add_profiles(const struct search *search, enum nss_application application, size_t origin, const char *folder,
				 const struct nss_profiles *profiles, struct naccs_error *err)
{
	struct nss_places *places = search->places;
	size_t first = places->count;
	naccs_auto(heap) bool *is_default = calloc(profiles->count + 1, sizeof *is_default);
	naccs_status status = is_default != NULL ? NACCS_OK : fail_memory(err);

	for (size_t i = 0; status == NACCS_OK && i < profiles->count; i++) {
		const struct nss_profile *profile = &profiles->items[i];
		naccs_auto(heap) char *directory = nss_profile_directory(profile, folder);
		const char *slash = strrchr(profile->path, '/');
		struct nss_place place = {
			.application = application,
			.name = profile->name,
			.folder = (char *)(uintptr_t)(slash != NULL ? slash + 1 : profile->path),
			.kind = application == NSS_FIREFOX ? "Firefox profile" : "Thunderbird profile",
			.origin = origin,
			.is_in_use = profile->is_in_use,
			.is_there = true,
		};
		bool added = false;

		if (directory == NULL)
			return fail_memory(err);
		if (is_directory(directory))
			status = add(search, &place, directory, &added, err);
		else
			nss_note(search->here, "%s: no such folder, though profiles.ini names it", directory);
		if (added)
			is_default[places->count - 1 - first] = profile->is_default;
	}
	if (status == NACCS_OK)
		choose_in_use(places, first, is_default);
	return status;
}

static naccs_status find_profiles(const struct search *search, struct naccs_error *err)
{
	naccs_status status = NACCS_OK;

	for (size_t i = 0; status == NACCS_OK && i < sizeof profile_folders / sizeof profile_folders[0]; i++) {
		naccs_auto(heap) char *folder = below(search->here, profile_folders[i].base, profile_folders[i].path);
		struct nss_profiles profiles = {0};

		if (folder == NULL)
			return fail_memory(err);
		status = note_looked(search, profile_folders[i].application, folder, err);
		if (status == NACCS_OK && is_directory(folder))
			status = nss_profiles_read(folder, search->owner, search->here, &profiles, err);
		if (status == NACCS_OK)
			status = add_profiles(search, profile_folders[i].application, i, folder, &profiles, err);
		nss_profiles_clear(&profiles);
	}
	return status;
}

static bool is_chromium_used(const struct nss_surroundings *here)
{
	for (size_t i = 0; i < sizeof chromium_settings / sizeof chromium_settings[0]; i++) {
		naccs_auto(heap) char *folder = below(here, CONFIG, chromium_settings[i]);

		if (folder != NULL && is_directory(folder))
			return true;
	}
	return false;
}

static naccs_status find_chromium(const struct search *search, struct naccs_error *err)
{
	naccs_auto(heap) char *first = below(search->here, chromium_own[0].base, chromium_own[0].path);
	naccs_auto(heap) char *second = below(search->here, chromium_own[1].base, chromium_own[1].path);
	struct nss_place place = {.application = NSS_CHROMIUM, .kind = "Chromium database"};
	const char *own = first != NULL && is_directory(first) ? first : second;
	naccs_status status;

	if (first == NULL || second == NULL)
		return fail_memory(err);
	place.is_there = is_directory(own);
	place.is_in_use = place.is_there || is_chromium_used(search->here);
	status = add(search, &place, own, NULL, err);
	for (size_t i = 0; status == NACCS_OK && i < sizeof chromium_boxed / sizeof chromium_boxed[0]; i++) {
		naccs_auto(heap) char *boxed = below(search->here, HOME, chromium_boxed[i]);

		if (boxed == NULL)
			return fail_memory(err);
		place = (struct nss_place){
			.application = NSS_CHROMIUM, .kind = "Chromium database", .origin = i + 1, .is_in_use = true, .is_there = true};
		if (is_directory(boxed))
			status = add(search, &place, boxed, NULL, err);
	}
	return status;
}

naccs_status nss_places_find(const struct nss_surroundings *here, struct nss_places *ret, struct naccs_error *err)
{
	struct nss_places places = {0};
	struct search search = {.here = here, .places = &places, .owner = geteuid()};
	struct stat about;
	naccs_status status;

	if (here->home == NULL || here->home[0] != '/')
		return naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("cannot look for browsers: this user has no home directory"));
	if (stat(here->home, &about) == 0)
		search.owner = about.st_uid;
	search.is_foreign = search.owner != geteuid();
	status = find_profiles(&search, err);
	if (status == NACCS_OK)
		status = find_chromium(&search, err);
	if (status == NACCS_OK && is_directory(here->system))
		status = add(&search, &(struct nss_place){.application = NSS_SYSTEM, .kind = "system-wide NSS database", .is_there = true},
			     here->system, NULL, err);
	if (status != NACCS_OK) {
		nss_places_clear(&places);
		return status;
	}
	*ret = places;
	return NACCS_OK;
}

/* Could an install write there? For what is not there yet: into the nearest folder that is. Root does it as that folder's owner. */
static bool is_writable(const char *directory)
{
	naccs_auto(heap) char *existing = nss_path_existing(directory);
	struct naccs_error ignored = {0};
	struct stat about;

	if (existing == NULL || faccessat(AT_FDCWD, existing, W_OK | X_OK, AT_EACCESS) != 0 || stat(existing, &about) != 0)
		return false;
	return naccs_path_check_safe_for(directory, geteuid() == 0 ? about.st_uid : geteuid(), &ignored) == NACCS_OK;
}

static char *label_of(const struct nss_place *place)
{
	if (place->application == NSS_FIREFOX || place->application == NSS_THUNDERBIRD)
		return naccs_format(place->is_in_use ? _("%s, in use") : "%s", place->name[0] != '\0' ? place->name : place->folder);
	return strdup(place->is_there ? "" : _("not made yet"));
}

bool nss_place_counts(const struct nss_place *place)
{
	return (place->is_there || place->is_in_use) && place->refusal.status == NACCS_OK;
}

naccs_status nss_place_give(const struct nss_place *place, naccs_place_sink *sink, void *context, struct naccs_error *err)
{
	naccs_auto(heap) char *uri = naccs_format("nss:%s", place->directory);
	naccs_auto(heap) char *label = label_of(place);
	bool can_write = is_writable(place->directory);
	const struct naccs_place given = {
		.size = sizeof given,
		.uri = uri,
		.kind = place->kind,
		.label = label,
		.is_writable = can_write,
		.capabilities = NSS_CAPABILITIES & ~(can_write ? 0 : NACCS_CAN_WRITE),
	};

	if (place->refusal.status != NACCS_OK) {
		*err = place->refusal;
		return err->status;
	}
	return uri != NULL && label != NULL ? sink(context, &given) : fail_memory(err);
}

/* The contract's host may be older than its member warn, and need not log. */
struct nss_surroundings nss_surroundings_of(const struct naccs_host *host, const char *home)
{
	const char *own = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME"), *data = getenv("XDG_DATA_HOME");
	bool is_own = own != NULL && home != NULL && strcmp(own, home) == 0;

	return (struct nss_surroundings){
		.home = home,
		.config_home = is_own && config != NULL && config[0] == '/' ? config : NULL,
		.data_home = is_own && data != NULL && data[0] == '/' ? data : NULL,
		.system = NSS_SYSTEM_DATABASE,
		.log = host->log,
		.log_context = host->context,
	};
}

naccs_status naccs_nss_places(const struct naccs_host *host, const char *home, naccs_place_sink *sink, void *context,
			      struct naccs_error *err)
{
	struct nss_surroundings here = nss_surroundings_of(host, home);
	struct nss_places places = {0};
	naccs_status status = nss_places_find(&here, &places, err);

	for (size_t i = 0; status == NACCS_OK && i < places.count; i++)
		if (nss_place_counts(&places.items[i]))
			status = nss_place_give(&places.items[i], sink, context, err);
	nss_places_clear(&places);
	return status;
}
