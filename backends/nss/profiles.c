/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: Firefox's and Thunderbird's profiles, as their own files tell them. Which one is in use stands in a section [Install…] of
 * profiles.ini, of which installs.ini is the copy that survives an old version's hand; Default=1 in a section [Profile…] is of the time
 * before, and misleads.
 */
#include "mozilla_ini.h"
#include "places.h"
#include "text.h"

#include <ctype.h>
#include <string.h>

#define PROFILE_LIMIT ((size_t)256) /* more than that is no folder of a person */
#define USED_LIMIT ((size_t)64)

struct gathering {
	struct nss_profiles profiles;
	char *used[USED_LIMIT]; /* what [Install…] sections name, first comes first */
	size_t used_count;
	bool is_installs; /* reading installs.ini: every section is one */
	bool is_short;	  /* of memory */
};

static void profile_clear(struct nss_profile *profile)
{
	free(profile->name);
	free(profile->path);
}

void nss_profiles_clear(struct nss_profiles *profiles)
{
	for (size_t i = 0; i < profiles->count; i++)
		profile_clear(&profiles->items[i]);
	free(profiles->items);
	*profiles = (struct nss_profiles){0};
}

static void gathering_clear(struct gathering *gathering)
{
	nss_profiles_clear(&gathering->profiles);
	for (size_t i = 0; i < gathering->used_count; i++)
		free(gathering->used[i]);
}

/* The profile of a section, made when it is met first; NULL when there are too many. */
static struct nss_profile *profile_of(struct gathering *gathering, const char *section)
{
	struct nss_profiles *profiles = &gathering->profiles;
	struct nss_profile *grown, *profile;

	for (size_t i = profiles->count; i-- > 0;)
		if (strcmp(profiles->items[i].section, section) == 0)
			return &profiles->items[i];
	if (profiles->count == PROFILE_LIMIT || strlen(section) >= sizeof profile->section)
		return NULL;
	grown = reallocarray(profiles->items, profiles->count + 1, sizeof *grown);
	if (grown == NULL) {
		gathering->is_short = true;
		return NULL;
	}
	profiles->items = grown;
	profile = &grown[profiles->count++];
	*profile = (struct nss_profile){0};
	memcpy(profile->section, section, strlen(section) + 1);
	return profile;
}

static void set(struct gathering *gathering, char **text, const char *value)
{
	free(*text);
	*text = strdup(value);
	gathering->is_short = gathering->is_short || *text == NULL;
}

static void take_profile(struct gathering *gathering, const char *section, const char *key, const char *value)
{
	struct nss_profile *profile = profile_of(gathering, section);

	if (profile == NULL)
		return;
	if (strcmp(key, "Name") == 0)
		set(gathering, &profile->name, value);
	else if (strcmp(key, "Path") == 0)
		set(gathering, &profile->path, value);
	else if (strcmp(key, "IsRelative") == 0)
		profile->is_absolute = strcmp(value, "0") == 0;
	else if (strcmp(key, "Default") == 0)
		profile->is_default = strcmp(value, "1") == 0;
	else if (strcmp(key, NSS_INI_UNREADABLE) == 0)
		profile->is_unreadable = true;
}

static void take_used(struct gathering *gathering, const char *key, const char *value)
{
	if (strcmp(key, "Default") != 0 || value[0] == '\0' || gathering->used_count == USED_LIMIT)
		return;
	for (size_t i = 0; i < gathering->used_count; i++)
		if (strcmp(gathering->used[i], value) == 0)
			return;
	gathering->used[gathering->used_count] = strdup(value);
	if (gathering->used[gathering->used_count] == NULL)
		gathering->is_short = true;
	else
		gathering->used_count++;
}

static void take_line(void *context, const char *section, const char *key, const char *value)
{
	struct gathering *gathering = context;

	if (strcmp(section, NSS_INI_UNREADABLE) == 0)
		return;
	if (gathering->is_installs || strncmp(section, "Install", 7) == 0)
		take_used(gathering, key, value);
	else if (strncmp(section, "Profile", 7) == 0 && isdigit((unsigned char)section[7]))
		take_profile(gathering, section, key, value);
}

/* Read one file; that it can't be read is a matter for -v: the other profiles are there all the same. */
static void gather(const char *folder, const char *name, uid_t owner, const struct nss_surroundings *here, struct gathering *gathering)
{
	naccs_auto(heap) char *path = naccs_format("%s/%s", folder, name);
	struct naccs_error err = {0};

	if (path == NULL)
		gathering->is_short = true;
	else if (nss_ini_read(path, owner, take_line, gathering, &err) != NACCS_OK && err.status != NACCS_E_FILE_MISSING)
		nss_note(here, "%s", err.message);
}

char *nss_profile_directory(const struct nss_profile *profile, const char *folder)
{
	return profile->is_absolute || profile->path[0] == '/' ? strdup(profile->path) : naccs_format("%s/%s", folder, profile->path);
}

/* An [Install…] section that names a folder without a section of its own: Firefox opens it all the same. */
static void add_unnamed(struct gathering *gathering, const char *path)
{
	char section[sizeof((struct nss_profile *)NULL)->section];
	struct nss_profile *profile;

	(void)snprintf(section, sizeof section, "Used%zu", gathering->profiles.count);
	profile = profile_of(gathering, section);
	if (profile == NULL)
		return;
	set(gathering, &profile->path, path);
	profile->is_absolute = path[0] == '/';
}

/* Put what is in use first, in the order of the sections that say so. */
static void put_used_first(struct gathering *gathering)
{
	struct nss_profiles *profiles = &gathering->profiles;
	size_t front = 0;

	for (size_t used = 0; used < gathering->used_count; used++) {
		size_t found = front;

		while (found < profiles->count &&
		       (profiles->items[found].path == NULL || strcmp(profiles->items[found].path, gathering->used[used]) != 0))
			found++;
		if (found == profiles->count)
			add_unnamed(gathering, gathering->used[used]);
		if (found == profiles->count)
			continue;
		struct nss_profile profile = profiles->items[found];

		memmove(&profiles->items[front + 1], &profiles->items[front], (found - front) * sizeof profile);
		profile.is_in_use = true;
		profiles->items[front++] = profile;
	}
}

/* Without a path, or with something in it that could not be read, a profile is none. */
static void drop_useless(struct nss_profiles *profiles, const char *folder, const struct nss_surroundings *here)
{
	size_t kept = 0;

	for (size_t i = 0; i < profiles->count; i++) {
		struct nss_profile *profile = &profiles->items[i];

		if (profile->path != NULL && profile->path[0] != '\0' && !profile->is_unreadable) {
			profiles->items[kept++] = *profile;
			continue;
		}
		nss_note(here, "%s/profiles.ini: [%s] was passed over: %s", folder, profile->section,
			 profile->is_unreadable ? "a line in it is too long or no plain UTF-8 text" : "it has no path");
		profile_clear(profile);
	}
	profiles->count = kept;
}

naccs_status nss_profiles_read(const char *folder, uid_t owner, const struct nss_surroundings *here, struct nss_profiles *ret,
			       struct naccs_error *err)
{
	struct gathering gathering = {0};

	gather(folder, "profiles.ini", owner, here, &gathering);
	gathering.is_installs = true;
	gather(folder, "installs.ini", owner, here, &gathering);
	put_used_first(&gathering);
	drop_useless(&gathering.profiles, folder, here);
	for (size_t i = 0; i < gathering.profiles.count; i++)
		if (gathering.profiles.items[i].name == NULL)
			set(&gathering, &gathering.profiles.items[i].name, "");
	if (gathering.is_short) {
		gathering_clear(&gathering);
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	}
	*ret = gathering.profiles;
	gathering.profiles = (struct nss_profiles){0};
	gathering_clear(&gathering);
	return NACCS_OK;
}
