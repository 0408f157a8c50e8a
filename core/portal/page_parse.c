/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: libxml2's push parser with bounds that hold while it parses: nodes, depth, attributes, and the length of one tag (attributes are
 * compared pairwise inside libxml2, so that a single tag of megabytes would take minutes).
 */
#include "page_tree.h"

#include "text.h"

#include <libxml/HTMLparser.h>
#include <libxml/HTMLtree.h>
#include <libxml/SAX2.h>
#include <string.h>
#include <strings.h>

#define CHUNK 2048
#define TAG_MAX ((size_t)128 * 1024)
#define ATTRIBUTES_MAX 1000

struct guard {
	size_t nodes, depth;
	const char *complaint; /* NULL: within bounds */
};

static char unclosed_mark; /* its address marks a form element; never written */

bool naccs_tree_is_unclosed(const xmlNode *form)
{
	return form->_private == &unclosed_mark;
}

static void stop(htmlParserCtxtPtr parser, const char *complaint)
{
	struct guard *guard = parser->_private;

	if (guard->complaint == NULL)
		guard->complaint = complaint;
	xmlStopParser(parser);
}

static bool count_node(htmlParserCtxtPtr parser)
{
	struct guard *guard = parser->_private;

	if (guard->complaint != NULL)
		return false;
	if (++guard->nodes > NACCS_PAGE_NODES_MAX) {
		stop(parser, N_("too many elements"));
		return false;
	}
	return true;
}

static void on_start(void *context, const xmlChar *name, const xmlChar **attributes)
{
	htmlParserCtxtPtr parser = context;
	struct guard *guard = parser->_private;
	size_t count = 0;

	if (!count_node(parser))
		return;
	while (attributes != NULL && attributes[count] != NULL)
		count += 2;
	count /= 2;
	guard->nodes += count;
	if (count > ATTRIBUTES_MAX) {
		stop(parser, N_("an element with too many attributes"));
		return;
	}
	if (++guard->depth > NACCS_PAGE_DEPTH_MAX) {
		stop(parser, N_("elements nested too deeply"));
		return;
	}
	xmlSAX2StartElement(context, name, attributes);
}

/* Was the element closed by a tag of its own, rather than by the end of something around it? Then that tag has just been read. */
static bool is_closed_by_own_tag(htmlParserCtxtPtr parser, const char *end_tag)
{
	const xmlChar *at, *base;
	size_t length = strlen(end_tag);

	if (parser->input == NULL)
		return false;
	at = parser->input->cur;
	base = parser->input->base;
	for (int step = 0; step < 64 && at > base; step++) {
		at--;
		if (*at == '<')
			return (size_t)(parser->input->cur - at) > length && strncasecmp((const char *)at, end_tag, length) == 0;
	}
	return false;
}

static void on_end(void *context, const xmlChar *name)
{
	htmlParserCtxtPtr parser = context;
	struct guard *guard = parser->_private;

	if (guard->depth > 0)
		guard->depth--;
	if (parser->node != NULL && naccs_tree_is(parser->node, "form") && xmlStrEqual(name, (const xmlChar *)"form") &&
	    !is_closed_by_own_tag(parser, "</form"))
		parser->node->_private = &unclosed_mark;
	xmlSAX2EndElement(context, name);
}

static void on_characters(void *context, const xmlChar *text, int length)
{
	if (count_node(context))
		xmlSAX2Characters(context, text, length);
}

static void on_cdata(void *context, const xmlChar *text, int length)
{
	if (count_node(context))
		xmlSAX2CDataBlock(context, text, length);
}

static void on_comment(void *context, const xmlChar *text)
{
	if (count_node(context))
		xmlSAX2Comment(context, text);
}

static void on_instruction(void *context, const xmlChar *target, const xmlChar *data)
{
	if (count_node(context))
		xmlSAX2ProcessingInstruction(context, target, data);
}

static htmlParserCtxtPtr new_parser(struct guard *guard)
{
	htmlParserCtxtPtr parser = htmlCreatePushParserCtxt(NULL, NULL, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);

	if (parser == NULL)
		return NULL;
	(void)htmlCtxtUseOptions(parser, HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
						 HTML_PARSE_IGNORE_ENC | HTML_PARSE_COMPACT);
	parser->_private = guard;
	parser->sax->startElement = on_start;
	parser->sax->endElement = on_end;
	parser->sax->characters = on_characters;
	parser->sax->ignorableWhitespace = on_characters;
	parser->sax->cdataBlock = on_cdata;
	parser->sax->comment = on_comment;
	parser->sax->processingInstruction = on_instruction;
	parser->sax->error = NULL;
	parser->sax->warning = NULL;
	parser->sax->fatalError = NULL;
	parser->sax->serror = NULL;
	return parser;
}

/* A tag that has begun and does not end. */
static bool has_endless_tag(htmlParserCtxtPtr parser)
{
	const xmlParserInput *input = parser->input;

	return input != NULL && input->cur < input->end && *input->cur == '<' && (size_t)(input->end - input->cur) > TAG_MAX &&
	       input->cur[1] != '!';
}

naccs_status naccs_tree_parse(const char *text, size_t length, xmlDoc **ret, size_t *ret_nodes, struct naccs_error *err)
{
	struct guard guard = {0};
	htmlParserCtxtPtr parser = new_parser(&guard);
	xmlDoc *document;

	if (parser == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	for (size_t at = 0; at < length && guard.complaint == NULL; at += CHUNK) {
		size_t part = length - at < CHUNK ? length - at : CHUNK;

		(void)htmlParseChunk(parser, text + at, (int)part, 0);
		if (has_endless_tag(parser))
			stop(parser, N_("a tag that does not end"));
	}
	if (guard.complaint == NULL)
		(void)htmlParseChunk(parser, NULL, 0, 1);
	if (guard.complaint == NULL && parser->disableSAX != 0) /* stopped by libxml2 for a reason of its own */
		guard.complaint = N_("it can't be parsed");
	document = parser->myDoc;
	parser->myDoc = NULL;
	htmlFreeParserCtxt(parser);
	if (guard.complaint != NULL) {
		xmlFreeDoc(document);
		return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, _("the page is not one that the portal is known for: %s"),
				  _(guard.complaint));
	}
	if (document == NULL)
		document = htmlNewDocNoDtD(NULL, NULL);
	if (document == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	*ret = document;
	*ret_nodes = guard.nodes;
	return NACCS_OK;
}
