/* SPDX-License-Identifier: Apache-2.0 */
/* Why: finds what a reply declares as its character set. The beginning is parsed as Latin-1, which leaves markup whole in every set we
 * know. */
#include "decode_private.h"

#include <libxml/HTMLparser.h>
#include <string.h>

#define BEGINNING ((size_t)16 * 1024)

static void add(struct naccs_declared *declared, const char *name, size_t length)
{
	enum naccs_charset charset;

	if (declared->count < NACCS_DECLARED_MAX && naccs_charset_from_name(name, length, &charset))
		declared->charsets[declared->count++] = charset;
}

/* The value behind "key=" in a header or attribute such as "text/html; charset=Shift_JIS", with or without quotes. */
static void add_parameter(struct naccs_declared *declared, const char *text, const char *key)
{
	const char *found = strcasestr(text, key);

	if (found == NULL)
		return;
	found += strlen(key);
	found += strspn(found, " \t");
	if (*found != '=')
		return;
	found++;
	found += strspn(found, " \t\"'");
	add(declared, found, strcspn(found, " \t\"';,?>"));
}

static void add_attribute(struct naccs_declared *declared, xmlNode *node, const char *name)
{
	xmlChar *value = xmlGetProp(node, (const xmlChar *)name);

	if (value == NULL)
		return;
	if (strcmp(name, "charset") == 0)
		add(declared, (const char *)value, strlen((const char *)value));
	else
		add_parameter(declared, (const char *)value, "charset");
	xmlFree(value);
}

static void read_node(struct naccs_declared *declared, xmlNode *node)
{
	if (node->type == XML_PI_NODE && node->content != NULL && xmlStrEqual(node->name, (const xmlChar *)"xml")) {
		add_parameter(declared, (const char *)node->content, "encoding");
	} else if (node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, (const xmlChar *)"meta")) {
		add_attribute(declared, node, "charset");
		add_attribute(declared, node, "content");
	}
}

/* Document order without recursion, so that depth costs nothing. */
static xmlNode *next_node(xmlNode *node)
{
	if (node->type != XML_ENTITY_REF_NODE && node->children != NULL)
		return node->children;
	while (node != NULL && node->next == NULL)
		node = node->parent;
	return node != NULL ? node->next : NULL;
}

/* Only the beginning, so that no page can make this slow; NUL would end it early. */
static void read_markup(const char *bytes, size_t length, struct naccs_declared *declared)
{
	int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC;
	char *beginning = NULL;
	xmlDoc *document;

	if (length > BEGINNING)
		length = BEGINNING;
	beginning = malloc(length + 1);
	if (beginning == NULL || length == 0) {
		free(beginning);
		return;
	}
	for (size_t i = 0; i < length; i++)
		beginning[i] = bytes[i] == '\0' ? ' ' : bytes[i];
	document = htmlReadMemory(beginning, (int)length, NULL, "ISO-8859-1", options);
	free(beginning);
	if (document == NULL)
		return;
	for (xmlNode *node = document->children; node != NULL; node = next_node(node))
		read_node(declared, node);
	xmlFreeDoc(document);
}

size_t naccs_declared_read(const void *bytes, size_t length, const char *content_type, struct naccs_declared *ret)
{
	static const struct {
		const char *mark;
		size_t length;
		enum naccs_charset charset;
	} marks[] = {
		{"\xEF\xBB\xBF", 3, NACCS_CHARSET_UTF8},
		{"\xFF\xFE", 2, NACCS_CHARSET_UTF16LE},
		{"\xFE\xFF", 2, NACCS_CHARSET_UTF16BE},
	};

	*ret = (struct naccs_declared){0};
	if (content_type != NULL)
		add_parameter(ret, content_type, "charset");
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		if (length >= marks[i].length && memcmp(bytes, marks[i].mark, marks[i].length) == 0) {
			ret->has_mark = true;
			ret->mark = marks[i].charset;
			return marks[i].length;
		}
	}
	read_markup(bytes, length, ret);
	return 0;
}

long naccs_declared_weight(const struct naccs_declared *declared, enum naccs_charset charset)
{
	for (size_t i = 0; i < declared->count; i++)
		if (declared->charsets[i] == charset)
			return 3 - (long)i;
	return 0;
}
