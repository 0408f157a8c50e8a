/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: where the NSS databases of a user lie, and which of them a URI means. Plain C on base, inih and libc: nothing here opens a database,
 * or needs NSS.
 *
 *     nss:DIR                     the database in DIR
 *     nss:firefox                 the profile that Firefox uses          nss:firefox/NAME      a profile by its name, or by its folder's
 *     nss:thunderbird             the same for Thunderbird               nss:thunderbird/NAME
 *     nss:chromium                the database of Chromium and its kin
 *     nss:all                     every database that this user has; never a system-wide one, which must be named
 *
 * Homes may be another user's, and hostile: their files are read within limits and without following a link; a path in them is only a path.
 */
#ifndef NACCS_NSS_PLACES_H
#define NACCS_NSS_PLACES_H

#include <naccscert/backend.h>

#include "cleanup.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define NSS_SYSTEM_DATABASE "/etc/pki/nssdb"

/* What an NSS database can do, for places and for an open store. */
#define NSS_CAPABILITIES                                                                                                                   \
	(NACCS_CAN_RSA | NACCS_CAN_EC | NACCS_CAN_TRUST | NACCS_CAN_EXPORT_KEY | NACCS_CAN_OWN_VERIFY | NACCS_CAN_SIGN_PSS | NACCS_CAN_WRITE | NACCS_CAN_SHARE)

/* The operations places and resolve of the contract. The user's XDG_CONFIG_HOME and XDG_DATA_HOME count only where $HOME is the home that
 * was given. */
naccs_status naccs_nss_places(const struct naccs_host *host, const char *home, naccs_place_sink *sink, void *context,
			      struct naccs_error *err);
naccs_status naccs_nss_resolve(const struct naccs_host *host, const char *home, const char *uri, naccs_place_sink *sink, void *context,
			       struct naccs_error *err);

/* The path in a URI "nss:DIR" (or "nss:sql:DIR") as it was said; points into uri. NACCS_E_USAGE: no such URI;
 * NACCS_E_STORE_UNSUPPORTED: another of NSS's formats ("nss:dbm:DIR"). */
naccs_status naccs_nss_path_said(const char *uri, const char **ret, struct naccs_error *err);

/*
 * The directory that a URI "nss:DIR" (or "nss:sql:DIR") names, as it stands in canonical URIs: absolute, links resolved as far as it
 * exists; in a snap's data "current" in place of the revision, which changes with every update. NACCS_E_USAGE: no such URI, or an alias;
 * NACCS_E_STORE_UNSAFE: a link of somebody else leads there (naccs_path_real()). Caller frees.
 */
naccs_status naccs_nss_directory(const char *uri, char **ret, struct naccs_error *err);

/* What kind of database lies in this directory, as far as its path tells: "Firefox profile", "system-wide NSS database", … Static. */
const char *naccs_nss_kind(const char *directory);

/* Is this a database for the whole machine: a real path below /etc or /usr? There the client CA gets no trust. */
bool naccs_nss_is_system_wide(const char *directory);

/* The folder of path that exists, path itself or one above it. Caller frees; NULL when memory is short. */
char *nss_path_existing(const char *path);

/* ---- what the files of this search share ---- */

/* Where to look. Strings are borrowed. */
struct nss_surroundings {
	const char *home;
	const char *config_home;		      /* XDG_CONFIG_HOME; NULL: .config in home */
	const char *data_home;			      /* XDG_DATA_HOME; NULL: .local/share in home */
	const char *system;			      /* NSS_SYSTEM_DATABASE */
	void (*log)(void *context, const char *line); /* what was passed over, and why; may be NULL */
	void *log_context;
};

/* One profile as profiles.ini and installs.ini tell it. */
struct nss_profile {
	char section[64];
	char *name;	  /* "" where none is said */
	char *path;	  /* as written */
	bool is_absolute; /* path is no path below the folder of profiles.ini */
	bool is_default;  /* [Profile…] Default=1: of old versions only */
	bool is_in_use;	  /* [Install…] Default=: what a Firefox on this machine opens */
	bool is_unreadable;
};
struct nss_profiles {
	struct nss_profile *items;
	size_t count;
};
/* Those of one folder; in use first, then in the order of the file. No profiles.ini: none. */
naccs_status nss_profiles_read(const char *folder, uid_t owner, const struct nss_surroundings *here, struct nss_profiles *ret,
			       struct naccs_error *err);
void nss_profiles_clear(struct nss_profiles *profiles);
/* The profile's folder. Caller frees; NULL when memory is short. */
char *nss_profile_directory(const struct nss_profile *profile, const char *folder);

enum nss_application { NSS_FIREFOX, NSS_THUNDERBIRD, NSS_CHROMIUM, NSS_SYSTEM };

/* One database. */
struct nss_place {
	enum nss_application application;
	char *directory; /* canonical */
	char *name;	 /* the profile's; "" for others */
	char *folder;	 /* the last part of the profile's path; "" for others */
	const char *kind;
	size_t origin;	/* which of the application's folders it was found by: one Firefox, or another */
	bool is_in_use; /* at most one of an origin */
	bool is_there;	/* false: it would be made here */
	struct naccs_error refusal; /* status is set: nobody may be led here, and why */
};
struct nss_places {
	struct nss_place *items;
	size_t count;
	char *looked[NSS_THUNDERBIRD + 1]; /* by application: the folders that were looked into, for messages */
};
/* Every database of this user, each once, in order of preference; then the system-wide one, where there is one. */
naccs_status nss_places_find(const struct nss_surroundings *here, struct nss_places *ret, struct naccs_error *err);
void nss_places_clear(struct nss_places *places);
/* Does the user have it, or would a program of the user's make it, and may it be used? */
bool nss_place_counts(const struct nss_place *place);
/* One that may not be used: its refusal. */
naccs_status nss_place_give(const struct nss_place *place, naccs_place_sink *sink, void *context, struct naccs_error *err);

/* The same as naccs_nss_resolve(), for the surroundings given. */
naccs_status nss_resolve(const struct naccs_host *host, const struct nss_surroundings *here, const char *uri, naccs_place_sink *sink,
			 void *context, struct naccs_error *err);
/* This process's surroundings for a home. */
struct nss_surroundings nss_surroundings_of(const struct naccs_host *host, const char *home);
/* A line for -v by the surroundings' log. */
void nss_note(const struct nss_surroundings *here, const char *format, ...) NACCS_PRINTF(2, 3);

#endif
