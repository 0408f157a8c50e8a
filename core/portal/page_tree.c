/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see page_tree.h. */
#include "page_tree.h"

#include <string.h>
#include <strings.h>

xmlNode *naccs_tree_next(xmlNode *node, const xmlNode *root, bool skip)
{
	if (!skip && node->type != XML_ENTITY_REF_NODE && node->type != XML_DTD_NODE && node->children != NULL)
		return node->children;
	while (node != root && node->next == NULL)
		node = node->parent;
	return node != root ? node->next : NULL;
}

xmlNode *naccs_tree_previous(xmlNode *node, const xmlNode *root)
{
	if (node == root)
		return NULL;
	if (node->prev == NULL)
		return node->parent != root ? node->parent : NULL;
	node = node->prev;
	while (node->type == XML_ELEMENT_NODE && node->last != NULL)
		node = node->last;
	return node;
}

bool naccs_tree_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && strcasecmp((const char *)node->name, name) == 0;
}

bool naccs_tree_is_any(const xmlNode *node, const char *const *names)
{
	for (; *names != NULL; names++)
		if (naccs_tree_is(node, *names))
			return true;
	return false;
}

xmlNode *naccs_tree_ancestor(xmlNode *node, const char *name)
{
	for (node = node->parent; node != NULL; node = node->parent)
		if (naccs_tree_is(node, name))
			return node;
	return NULL;
}

const char *naccs_tree_attribute(struct naccs_arena *arena, xmlNode *node, const char *name)
{
	xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
	const char *copy;

	if (value == NULL)
		return "";
	copy = naccs_arena_string(arena, (const char *)value);
	xmlFree(value);
	return copy;
}

bool naccs_tree_has_attribute(xmlNode *node, const char *name)
{
	return xmlHasProp(node, (const xmlChar *)name) != NULL;
}

/* Does a style attribute hide its element? Compared without white space, as in "display : none". */
static bool style_hides(const char *style)
{
	static const char *const hiding[] = {"display:none", "visibility:hidden", "opacity:0;", "left:-9", "top:-9", "text-indent:-9"};
	char compact[512];
	size_t length = 0;

	for (; *style != '\0' && length < sizeof compact - 2; style++)
		if (strchr(" \t\r\n", *style) == NULL)
			compact[length++] = *style;
	compact[length++] = ';';
	compact[length] = '\0';
	for (size_t i = 0; i < sizeof hiding / sizeof *hiding; i++)
		if (strcasestr(compact, hiding[i]) != NULL)
			return true;
	return false;
}

bool naccs_tree_is_hidden_itself(xmlNode *node)
{
	xmlChar *style;
	bool is_hidden;

	if (node->type != XML_ELEMENT_NODE || node->properties == NULL)
		return false;
	if (naccs_tree_has_attribute(node, "hidden"))
		return true;
	style = xmlGetProp(node, (const xmlChar *)"style");
	is_hidden = style != NULL && style_hides((const char *)style);
	xmlFree(style);
	return is_hidden;
}

bool naccs_tree_is_hidden(xmlNode *node)
{
	for (; node != NULL; node = node->parent)
		if (naccs_tree_is_hidden_itself(node))
			return true;
	return false;
}

bool naccs_tree_is_no_content(const xmlNode *node)
{
	static const char *const names[] = {"script", "style", "noscript", "noframes", "template", "head", NULL};
	return naccs_tree_is_any(node, names);
}

bool naccs_tree_is_in_no_content(const xmlNode *node)
{
	static const char *const names[] = {"noscript", "noframes", "template", NULL};

	for (; node != NULL; node = node->parent)
		if (naccs_tree_is_any(node, names))
			return true;
	return false;
}

bool naccs_tree_is_block(const xmlNode *node)
{
	static const char *const names[] = {"address", "article", "aside", "blockquote", "body",     "br",     "caption", "center", "dd",
					    "dir",     "div",	  "dl",	   "dt",	 "fieldset", "figure", "footer",  "form",   "h1",
					    "h2",      "h3",	  "h4",	   "h5",	 "h6",	     "header", "hr",	  "legend", "li",
					    "main",    "menu",	  "nav",   "ol",	 "p",	     "pre",    "section", "table",  "tbody",
					    "td",      "tfoot",	  "th",	   "thead",	 "tr",	     "ul",     NULL};
	return naccs_tree_is_any(node, names);
}

bool naccs_tree_is_field(xmlNode *node)
{
	static const char *const buttons[] = {"hidden", "submit", "button", "reset", "image", NULL};
	xmlChar *type;
	bool is_field = true;

	if (naccs_tree_is(node, "select") || naccs_tree_is(node, "textarea"))
		return true;
	if (!naccs_tree_is(node, "input"))
		return false;
	type = xmlGetProp(node, (const xmlChar *)"type");
	for (size_t i = 0; type != NULL && buttons[i] != NULL; i++)
		is_field = is_field && strcasecmp((const char *)type, buttons[i]) != 0;
	xmlFree(type);
	return is_field;
}

/* White space of HTML and of Japanese typesetting: U+00A0, U+3000, and the zero-width U+200B and U+FEFF. 0: none here. */
static size_t space_length(const char *text)
{
	static const char *const spaces[] = {" ", "\t", "\r", "\n", "\f", "\xC2\xA0", "\xE3\x80\x80", "\xE2\x80\x8B", "\xEF\xBB\xBF"};

	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
		if (strncmp(text, spaces[i], strlen(spaces[i])) == 0)
			return strlen(spaces[i]);
	return 0;
}

static bool words_put(struct naccs_words *words, char character)
{
	if (!naccs_arena_grow(words->arena, &words->text, &words->capacity, words->length, 1))
		return false;
	words->text[words->length++] = character;
	return true;
}

bool naccs_words_add(struct naccs_words *words, const char *text)
{
	while (*text != '\0' && words->length < words->limit) {
		size_t space = space_length(text), width = 1;

		if (space > 0) {
			words->is_spaced = words->length > 0;
			text += space;
			continue;
		}
		if (words->is_spaced && !words_put(words, ' '))
			return false;
		words->is_spaced = false;
		while ((text[width] & 0xC0) == 0x80) /* a whole character or none */
			width++;
		for (size_t i = 0; i < width; i++)
			if (!words_put(words, text[i]))
				return false;
		text += width;
	}
	return true;
}

static bool add_node_words(struct naccs_words *words, xmlNode *node)
{
	bool is_added = true;

	if (node->type == XML_TEXT_NODE && node->content != NULL)
		return naccs_words_add(words, (const char *)node->content);
	if (naccs_tree_is(node, "img")) {
		xmlChar *alt = xmlGetProp(node, (const xmlChar *)"alt");
		is_added = alt == NULL || naccs_words_add(words, (const char *)alt);
		xmlFree(alt);
	} else if (naccs_tree_is_block(node)) {
		is_added = naccs_words_add(words, " ");
	}
	return is_added;
}

const char *naccs_tree_text(struct naccs_arena *arena, xmlNode *node, size_t limit)
{
	struct naccs_words words = {.arena = arena, .limit = limit};
	bool skip = false;
	size_t steps = 0;

	for (xmlNode *at = node; at != NULL && words.length < limit && steps < 4 * limit; at = naccs_tree_next(at, node, skip), steps++) {
		skip = naccs_tree_is_no_content(at) || naccs_tree_is(at, "select") || naccs_tree_is(at, "textarea") ||
		       (at != node && naccs_tree_is_hidden_itself(at));
		if (!skip && !add_node_words(&words, at))
			return NULL;
	}
	return words.text != NULL ? (words_put(&words, '\0') ? words.text : NULL) : "";
}

const char *naccs_tree_fold(struct naccs_arena *arena, const char *text)
{
	naccs_auto(heap) char *folded = naccs_fold(text, strlen(text));

	return folded != NULL ? naccs_arena_string(arena, folded) : NULL;
}
