/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see save_page.h. The tree is copied, cleaned and written anew: what is not known to be harmless is left out. */
#include "save_page_private.h"

#include "clock.h"
#include "file.h"
#include "page_tree.h"
#include "text.h"

#include <fcntl.h>
#include <libxml/HTMLparser.h>
#include <libxml/HTMLtree.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define REMOVED "[removed]"
#define TEXT_TOKEN 16
#define QUOTE_MAX 240 /* bytes */

struct cleaner {
	const struct naccs_spellings *spellings;
	bool is_short; /* of memory */
	bool removes_all_text;
};

static bool is_any(const xmlChar *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcasecmp((const char *)name, *names) == 0)
			return true;
	return false;
}

static bool is_button(xmlNode *node)
{
	static const char *const types[] = {"submit", "button", "reset", "image", NULL};
	xmlChar *type = xmlGetProp(node, (const xmlChar *)"type");
	bool is_it = naccs_tree_is(node, "button") || (naccs_tree_is(node, "input") && type != NULL && is_any(type, types));

	xmlFree(type);
	return is_it;
}

/* "5; url=a.jsp?x=1" → "5; url=a.jsp?x=…" */
static char *mask_refresh(const char *content)
{
	const char *url = strcasestr(content, "url=");
	naccs_auto(heap) char *masked = NULL;

	if (url == NULL)
		return naccs_mask_tokens(content, TEXT_TOKEN);
	masked = naccs_mask_url(url + 4);
	return masked != NULL ? naccs_format("%.*s%s", (int)(url + 4 - content), content, masked) : NULL;
}

/* What is left of an attribute. NULL: nothing, not even its name (or memory is short). */
static char *cleaned_attribute(xmlNode *node, const xmlChar *name, const char *value)
{
	static const char *const addresses[] = {"href", "src", "action", "formaction", "background", "data", "codebase", NULL};
	static const char *const words[] = {
		"id",	    "name",	      "for",	       "class",	      "type",	    "method",	   "enctype",	 "target",
		"rel",	    "colspan",	      "rowspan",       "style",	      "alt",	    "title",	   "label",	 "lang",
		"align",    "accept-charset", "charset",       "http-equiv",  "maxlength",  "size",	   "checked",	 "selected",
		"disabled", "readonly",	      "required",      "multiple",    "hidden",	    "placeholder", "rows",	 "cols",
		"border",   "width",	      "height",	       "language",    "formmethod", "formenctype", "formtarget", "form",
		"summary",  "aria-label",     "aria-required", "frameborder", NULL};

	if (is_any(name, addresses))
		return strncasecmp(value, "javascript:", 11) == 0 ? naccs_mask_script(value) : naccs_mask_url(value);
	if (strncasecmp((const char *)name, "on", 2) == 0)
		return naccs_mask_script(value);
	if (is_any(name, words) || (strcasecmp((const char *)name, "value") == 0 && is_button(node)))
		return naccs_mask_tokens(value, TEXT_TOKEN);
	if (strcasecmp((const char *)name, "content") == 0) {
		xmlChar *kind = xmlGetProp(node, (const xmlChar *)"http-equiv");
		bool is_refresh = kind != NULL && strcasecmp((const char *)kind, "refresh") == 0;

		xmlFree(kind);
		return is_refresh ? mask_refresh(value) : strdup("");
	}
	return strcasecmp((const char *)name, "value") == 0 ? strdup("") : NULL;
}

static void set_attribute(xmlNode *node, xmlAttr *attribute, const char *value)
{
	if (attribute->children != NULL)
		xmlFreeNodeList(attribute->children);
	attribute->children = attribute->last = xmlNewDocText(node->doc, (const xmlChar *)value);
	if (attribute->children != NULL)
		attribute->children->parent = (xmlNode *)attribute;
}

static void clean_attributes(struct cleaner *cleaner, xmlNode *node)
{
	for (xmlAttr *attribute = node->properties, *next; attribute != NULL; attribute = next) {
		xmlChar *value = xmlNodeListGetString(node->doc, attribute->children, 1);
		naccs_auto(heap) char *cleaned = cleaned_attribute(node, attribute->name, value != NULL ? (const char *)value : "");

		next = attribute->next;
		if (cleaned == NULL)
			(void)xmlRemoveProp(attribute);
		else if (value != NULL && *value != '\0')
			set_attribute(node, attribute,
				      naccs_spellings_are_in(cleaner->spellings, cleaned) ||
						      naccs_spellings_are_in(cleaner->spellings, (const char *)value)
					      ? REMOVED
					      : cleaned);
		xmlFree(value);
	}
}

/* A name that no browser knows may be anything. */
static void clean_element(struct cleaner *cleaner, xmlNode *node)
{
	if (htmlTagLookup(node->name) == NULL && naccs_spellings_are_in(cleaner->spellings, (const char *)node->name))
		xmlNodeSetName(node, (const xmlChar *)"removed");
	clean_attributes(cleaner, node);
}

static void clean_text(struct cleaner *cleaner, xmlNode *node)
{
	const char *text = node->content != NULL ? (const char *)node->content : "";
	bool is_script = node->parent != NULL && naccs_tree_is(node->parent, "script");
	bool is_value = node->parent != NULL && naccs_tree_ancestor(node, "textarea") != NULL;
	naccs_auto(heap) char *cleaned = is_value ? strdup("") : is_script ? naccs_mask_script(text) : naccs_mask_tokens(text, TEXT_TOKEN);
	bool is_secret =
		cleaned == NULL || naccs_spellings_are_in(cleaner->spellings, text) || naccs_spellings_are_in(cleaner->spellings, cleaned);

	if (cleaned == NULL)
		cleaner->is_short = true;
	if (cleaner->removes_all_text && strpbrk(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != NULL)
		is_secret = true;
	xmlNodeSetContent(node, NULL);
	xmlNodeAddContent(node, (const xmlChar *)(is_secret ? REMOVED : cleaned));
}

static bool names_a_charset(xmlNode *node)
{
	xmlChar *kind;
	bool is_it;

	if (!naccs_tree_is(node, "meta"))
		return false;
	kind = xmlGetProp(node, (const xmlChar *)"http-equiv");
	is_it = naccs_tree_has_attribute(node, "charset") || (kind != NULL && strcasecmp((const char *)kind, "content-type") == 0);
	xmlFree(kind);
	return is_it;
}

static void clean_tree(struct cleaner *cleaner, xmlNode *root)
{
	for (xmlNode *node = root, *next; node != NULL; node = next) {
		bool is_dropped =
			node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE || node->type == XML_DTD_NODE || names_a_charset(node);

		next = naccs_tree_next(node, root, is_dropped);
		if (is_dropped) {
			xmlUnlinkNode(node);
			node->type == XML_DTD_NODE ? xmlFreeDtd((xmlDtd *)node) : xmlFreeNode(node);
		} else if (node->type == XML_ELEMENT_NODE) {
			clean_element(cleaner, node);
		} else if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
			clean_text(cleaner, node);
		}
	}
}

/* A secret in pieces, with tags between them. */
static bool has_scattered_secret(const struct cleaner *cleaner, xmlNode *root)
{
	xmlChar *content = xmlNodeGetContent(root);
	bool has_one = content != NULL && naccs_spellings_are_in(cleaner->spellings, (const char *)content);

	xmlFree(content);
	return has_one;
}

static char *write_tree(xmlDoc *document)
{
	xmlOutputBuffer *buffer = xmlAllocOutputBuffer(NULL);
	char *text;

	if (buffer == NULL)
		return NULL;
	xmlFree((xmlChar *)(uintptr_t)document->encoding);
	document->encoding = xmlStrdup((const xmlChar *)"UTF-8");
	htmlDocContentDumpFormatOutput(buffer, document, "UTF-8", 0);
	(void)xmlOutputBufferFlush(buffer);
	text = strndup((const char *)xmlOutputBufferGetContent(buffer), xmlOutputBufferGetSize(buffer));
	(void)xmlOutputBufferClose(buffer);
	return text;
}

static naccs_status sanitise(const struct naccs_page *page, const struct naccs_spellings *spellings, char **ret, struct naccs_error *err)
{
	struct cleaner cleaner = {.spellings = spellings};
	xmlDoc *copy = xmlCopyDoc(page->document, 1);
	naccs_auto(heap) char *text = NULL, *url = naccs_mask_url(page->url);

	if (copy == NULL || url == NULL) {
		xmlFreeDoc(copy);
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	}
	clean_tree(&cleaner, (xmlNode *)copy);
	if (has_scattered_secret(&cleaner, (xmlNode *)copy)) {
		cleaner.removes_all_text = true;
		clean_tree(&cleaner, (xmlNode *)copy);
	}
	text = write_tree(copy);
	xmlFreeDoc(copy);
	if (text == NULL || cleaner.is_short)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	*ret = naccs_format("<!-- %s, status %ld, %s, %zu bad bytes -->\n%s",
			    naccs_spellings_are_in(spellings, url) || strstr(url, "--") != NULL ? REMOVED : url, page->status,
			    naccs_charset_web_name(page->charset), page->bad_count, text);
	return *ret != NULL ? NACCS_OK : naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
}

naccs_status naccs_sanitise_page(const struct naccs_page *page, const struct naccs_secret *const *secrets, size_t secret_count, char **ret,
				 struct naccs_error *err)
{
	struct naccs_spellings spellings = {0};
	naccs_status status = naccs_spellings_new(secrets, secret_count, &spellings, err);

	if (status != NACCS_OK)
		return status;
	status = sanitise(page, &spellings, ret, err);
	naccs_spellings_clear(&spellings);
	return status;
}

/* page-20261122T190312Z.html, or with a number behind it where that one is taken. */
static char *free_name(const struct naccs_save_options *options)
{
	char time[NACCS_TIME_TEXT_SIZE], compact[NACCS_TIME_TEXT_SIZE];
	size_t length = 0;

	naccs_time_format_utc(options->now, time);
	for (const char *at = time; *at != '\0'; at++)
		if (*at != '-' && *at != ':')
			compact[length++] = *at;
	compact[length] = '\0';
	for (unsigned number = 1; number < 1000; number++) {
		char *name = number == 1 ? naccs_format("page-%s.html", compact) : naccs_format("page-%s-%u.html", compact, number);
		struct stat existing;

		if (name == NULL || fstatat(options->dirfd, name, &existing, AT_SYMLINK_NOFOLLOW) != 0)
			return name;
		free(name);
	}
	return NULL;
}

naccs_status naccs_save_pages(const struct naccs_page *const *pages, size_t count, const struct naccs_save_options *options,
			      char **ret_name, struct naccs_error *err)
{
	naccs_auto(heap) char *name = free_name(options),
			      *all = strdup("<!-- The page without its values. docs/portals.md says how to report it. -->\n");
	naccs_status status = NACCS_OK;

	for (size_t i = 0; i < count && status == NACCS_OK && all != NULL; i++) {
		naccs_auto(heap) char *text = NULL, *before = all;

		status = naccs_sanitise_page(pages[i], options->secrets, options->secret_count, &text, err);
		all = naccs_format("%s%s\n", before, text != NULL ? text : "");
	}
	if (status == NACCS_OK && (name == NULL || all == NULL))
		status = naccs_fail(err, NACCS_E_INTERNAL, 0, _("cannot name the saved page"));
	if (status == NACCS_OK)
		status = naccs_file_write(options->dirfd, name, all, strlen(all), 0600, err);
	if (status == NACCS_OK)
		*ret_name = naccs_take(&name);
	return status;
}

char *naccs_quote_page_text(const char *text, const struct naccs_secret *const *secrets, size_t secret_count)
{
	struct naccs_spellings spellings = {0};
	naccs_auto(heap) char *masked = NULL;
	size_t length;
	bool is_secret;

	if (naccs_spellings_new(secrets, secret_count, &spellings, NULL) != NACCS_OK)
		return NULL;
	is_secret = naccs_spellings_are_in(&spellings, text);
	naccs_spellings_clear(&spellings);
	if (is_secret)
		return strdup(REMOVED);
	masked = naccs_mask_tokens(text, TEXT_TOKEN);
	if (masked == NULL)
		return NULL;
	length = strlen(masked);
	if (length > QUOTE_MAX) {
		length = QUOTE_MAX;
		while (length > 0 && (masked[length] & 0xC0) == 0x80)
			length--;
	}
	return naccs_text_printable(masked, length);
}
