/* SPDX-License-Identifier: Apache-2.0 */
/* Why: people say "Firefox", the ledger needs a directory. An alias means what the programs of that user would open now; what it leaves out
 * is told. */
#include "places.h"

#include "text.h"

#include <errno.h>
#include <string.h>

#define ALIAS_FIREFOX "nss:firefox"
#define ALIAS_THUNDERBIRD "nss:thunderbird"
#define ALIAS_CHROMIUM "nss:chromium"
#define ALIAS_ALL "nss:all"

struct giving {
	const struct naccs_host *host;
	const struct nss_surroundings *here;
	const struct nss_places *places;
	naccs_place_sink *sink;
	void *context;
};

static void warn(const struct naccs_host *host, const char *id, const char *message)
{
	bool can_warn = host->size >= offsetof(struct naccs_host, warn) + sizeof host->warn && host->warn != NULL;

	if (can_warn)
		host->warn(host->context, id, message);
	else if (host->log != NULL)
		host->log(host->context, message);
}

/* Add ", text" (or text, when it is the first). */
static void append(char **list, const char *text)
{
	char *longer = *list == NULL ? strdup(text) : naccs_format("%s, %s", *list, text);

	if (longer != NULL) {
		free(*list);
		*list = longer;
	}
}

static const char *program_name(enum nss_application application)
{
	return application == NSS_FIREFOX ? "Firefox" : "Thunderbird";
}

static const char *alias_of(enum nss_application application)
{
	return application == NSS_FIREFOX ? ALIAS_FIREFOX : ALIAS_THUNDERBIRD;
}

/* How every profile of the program can be named, for a hint. Caller frees; NULL: there is none. */
static char *list_profiles(const struct nss_places *places, enum nss_application application)
{
	char *list = NULL;

	for (size_t i = 0; i < places->count; i++) {
		const struct nss_place *place = &places->items[i];
		const char *name = place->name[0] != '\0' ? place->name : place->folder;
		naccs_auto(heap) char *uri = place->application == application ? naccs_format("%s/%s", alias_of(application), name) : NULL;

		if (uri != NULL)
			append(&list, uri);
	}
	return list;
}

static naccs_status fail_nothing(const struct giving *giving, enum nss_application application, const char *name, struct naccs_error *err)
{
	const struct nss_places *places = giving->places;
	naccs_auto(heap) char *known = list_profiles(places, application);
	naccs_auto(heap) char *shown = name != NULL ? naccs_text_printable(name, strlen(name)) : NULL;
	const char *program = program_name(application);

	if (known == NULL) {
		(void)naccs_fail(err, NACCS_E_STORE_OPEN, ENOENT, _("this user has no %s profile"), program);
		return naccs_error_hint(err, _("Start %s once, or name a directory: nss:DIR. Looked in %s into %s."), program,
					giving->here->home, places->looked[application]);
	}
	if (name != NULL)
		(void)naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("%s has no profile \"%s\""), program, shown != NULL ? shown : "");
	else
		(void)naccs_fail(err, NACCS_E_STORE_OPEN, 0, _("which profile %s uses can't be told"), program);
	return naccs_error_hint(err, _("There are: %s"), known);
}

/* Is this the profile called name, by its own name or by its folder's? */
static bool is_named(const struct nss_place *place, const char *name)
{
	return strcmp(place->name, name) == 0 || strcmp(place->folder, name) == 0;
}

/* Other places that the alias could have meant too: the person should know. */
static void warn_of_others(const struct giving *giving, const struct nss_place *chosen, const char *others)
{
	naccs_auto(heap) char *message = NULL;

	if (others == NULL)
		return;
	message =
		naccs_format(_("nss:%s was chosen; there is also: %s. Name it by its own URI, or say nss:all."), chosen->directory, others);
	if (message != NULL)
		warn(giving->host, "store.several", message);
}

/* nss:firefox (name NULL) or nss:firefox/NAME. */
static naccs_status give_profile(const struct giving *giving, enum nss_application application, const char *name, struct naccs_error *err)
{
	naccs_auto(heap) char *others = NULL;
	const struct nss_place *chosen = NULL;

	for (size_t i = 0; i < giving->places->count; i++) {
		const struct nss_place *place = &giving->places->items[i];
		naccs_auto(heap) char *uri = NULL;

		if (place->application != application || (name == NULL ? !place->is_in_use : !is_named(place, name)))
			continue;
		if (chosen == NULL) {
			chosen = place;
			continue;
		}
		uri = naccs_format("nss:%s", place->directory);
		if (uri != NULL)
			append(&others, uri);
	}
	if (chosen == NULL)
		return fail_nothing(giving, application, name, err);
	warn_of_others(giving, chosen, others);
	return nss_place_give(chosen, giving->sink, giving->context, err);
}

/* Chromium's own database; where only one in a box (snap, flatpak) is there, that one. */
static naccs_status give_chromium(const struct giving *giving, struct naccs_error *err)
{
	naccs_auto(heap) char *others = NULL;
	const struct nss_place *chosen = NULL;

	for (size_t i = 0; i < giving->places->count; i++) {
		const struct nss_place *place = &giving->places->items[i];
		naccs_auto(heap) char *uri = naccs_format("nss:%s", place->directory);

		if (place->application != NSS_CHROMIUM)
			continue;
		if (chosen == NULL || !(chosen->is_there || chosen->is_in_use))
			chosen = place;
		else if (uri != NULL)
			append(&others, uri);
	}
	if (chosen == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	warn_of_others(giving, chosen, others);
	return nss_place_give(chosen, giving->sink, giving->context, err);
}

static naccs_status give_all(const struct giving *giving, struct naccs_error *err)
{
	const struct nss_place *refused = NULL;
	naccs_status status = NACCS_OK;
	size_t count = 0;

	for (size_t i = 0; status == NACCS_OK && i < giving->places->count; i++) {
		const struct nss_place *place = &giving->places->items[i];

		if (place->application == NSS_SYSTEM)
			continue;
		if (place->refusal.status != NACCS_OK) {
			refused = place;
			warn(giving->host, naccs_status_id(place->refusal.status), place->refusal.message);
		}
		if (!nss_place_counts(place))
			continue;
		status = nss_place_give(place, giving->sink, giving->context, err);
		count++;
	}
	if (status != NACCS_OK || count > 0)
		return status;
	if (refused != NULL)
		return nss_place_give(refused, giving->sink, giving->context, err);
	(void)naccs_fail(err, NACCS_E_STORE_OPEN, ENOENT, _("this user has neither Firefox nor Thunderbird nor Chromium"));
	return naccs_error_hint(err, _("Start the program once, or name a directory: nss:DIR. Looked in %s into %s and %s."),
				giving->here->home, giving->places->looked[NSS_FIREFOX], giving->places->looked[NSS_THUNDERBIRD]);
}

/* nss:DIR: described as the search knows it, when it does. */
static naccs_status give_directory(const struct giving *giving, const char *uri, struct naccs_error *err)
{
	naccs_auto(heap) char *directory = NULL;
	struct nss_place place = {.application = NSS_SYSTEM, .is_there = true};
	naccs_status status = naccs_nss_directory(uri, &directory, err);

	if (status != NACCS_OK)
		return status;
	for (size_t i = 0; i < giving->places->count; i++)
		if (strcmp(giving->places->items[i].directory, directory) == 0 && giving->places->items[i].refusal.status == NACCS_OK)
			return nss_place_give(&giving->places->items[i], giving->sink, giving->context, err);
	place.directory = directory;
	place.kind = naccs_nss_kind(directory);
	return nss_place_give(&place, giving->sink, giving->context, err);
}

/* Is uri the alias, or the alias with a name behind it? */
static bool is_alias(const char *uri, const char *alias, const char **ret_name)
{
	size_t length = strlen(alias);

	if (strncmp(uri, alias, length) != 0 || (uri[length] != '\0' && uri[length] != '/'))
		return false;
	*ret_name = uri[length] == '/' ? uri + length + 1 : NULL;
	return true;
}

static naccs_status refuse_name(const char *uri, struct naccs_error *err)
{
	return naccs_fail(err, NACCS_E_USAGE, 0, _("cannot use %s: there is no name to be chosen by behind it"), uri);
}

naccs_status nss_resolve(const struct naccs_host *host, const struct nss_surroundings *here, const char *uri, naccs_place_sink *sink,
			 void *context, struct naccs_error *err)
{
	struct nss_places places = {0};
	const struct giving giving = {.host = host, .here = here, .places = &places, .sink = sink, .context = context};
	struct naccs_error ignored = {0};
	const char *name = NULL;
	naccs_status status;

	if (strncmp(uri, "nss:/", 5) == 0 || strncmp(uri, "nss:.", 5) == 0 || strncmp(uri, "nss:sql:", 8) == 0) {
		(void)nss_places_find(here, &places, &ignored); /* only for its description */
		status = give_directory(&giving, uri, err);
		nss_places_clear(&places);
		return status;
	}
	status = nss_places_find(here, &places, err);
	if (status != NACCS_OK)
		return status;
	if (is_alias(uri, ALIAS_FIREFOX, &name))
		status = name != NULL && name[0] == '\0' ? refuse_name(uri, err) : give_profile(&giving, NSS_FIREFOX, name, err);
	else if (is_alias(uri, ALIAS_THUNDERBIRD, &name))
		status = name != NULL && name[0] == '\0' ? refuse_name(uri, err) : give_profile(&giving, NSS_THUNDERBIRD, name, err);
	else if (is_alias(uri, ALIAS_CHROMIUM, &name))
		status = name != NULL ? refuse_name(uri, err) : give_chromium(&giving, err);
	else if (is_alias(uri, ALIAS_ALL, &name))
		status = name != NULL ? refuse_name(uri, err) : give_all(&giving, err);
	else
		status = give_directory(&giving, uri, err);
	nss_places_clear(&places);
	return status;
}

naccs_status naccs_nss_resolve(const struct naccs_host *host, const char *home, const char *uri, naccs_place_sink *sink, void *context,
			       struct naccs_error *err)
{
	struct nss_surroundings here = nss_surroundings_of(host, home);

	return nss_resolve(host, &here, uri, sink, context, err);
}
