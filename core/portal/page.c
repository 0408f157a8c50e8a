/* SPDX-License-Identifier: Apache-2.0 */
/* Why: see page.h. Bytes → UTF-8 → tree → model. */
#include "page_build.h"

#include "text.h"

#include <string.h>
#include <strings.h>

#define MODEL_MAX ((size_t)32 * 1024 * 1024)
#define THINGS_MAX 3000

void naccs_page_free(struct naccs_page *page)
{
	if (page == NULL)
		return;
	xmlFreeDoc(page->document);
	naccs_arena_free(page->arena);
	free(page);
}

bool naccs_build_control(struct naccs_builder *builder, struct naccs_control control, size_t *ret_index)
{
	if (builder->page->controls.count == THINGS_MAX) {
		builder->complaint = N_("too many links and buttons");
		return false;
	}
	if (control.text == NULL || !naccs_arena_push(builder->arena, &builder->page->controls, control))
		return false;
	if (ret_index != NULL)
		*ret_index = builder->page->controls.count - 1;
	return true;
}

bool naccs_build_script(struct naccs_builder *builder, xmlNode *node, const char *attribute, struct naccs_script *ret)
{
	const char *source = naccs_tree_attribute(builder->arena, node, attribute);

	return source != NULL && naccs_script_read(builder->arena, &builder->page->library, source, ret);
}

static bool remember(struct naccs_builder *builder, struct naccs_nodes *nodes, xmlNode *node)
{
	if (nodes->count == THINGS_MAX) {
		builder->complaint = N_("too many elements of one kind");
		return false;
	}
	return naccs_arena_push(builder->arena, nodes, node);
}

static bool gather_script(struct naccs_builder *builder, xmlNode *node)
{
	xmlChar *type = xmlGetProp(node, (const xmlChar *)"type"), *source;
	bool is_script = type == NULL || *type == '\0' || strcasestr((const char *)type, "javascript") != NULL ||
			 strcasestr((const char *)type, "ecmascript") != NULL;
	bool is_learned;

	xmlFree(type);
	if (!is_script || naccs_tree_has_attribute(node, "src"))
		return true;
	source = xmlNodeGetContent(node);
	is_learned = source == NULL || naccs_script_learn(builder->arena, &builder->page->library, (const char *)source);
	xmlFree(source);
	return is_learned && remember(builder, &builder->scripts, node);
}

static bool gather_base(struct naccs_builder *builder, xmlNode *node)
{
	const char *href = naccs_tree_attribute(builder->arena, node, "href"), *base;
	const char *target = naccs_tree_attribute(builder->arena, node, "target");

	if (href == NULL || target == NULL)
		return false;
	if (*builder->page->base_target == '\0')
		builder->page->base_target = target;
	if (*href == '\0' || builder->page->base != builder->page->url)
		return true;
	base = naccs_url_resolve(builder->arena, builder->page->url, href);
	if (base != NULL)
		builder->page->base = base;
	return true;
}

/* First round: what other things depend on. */
static bool gather(struct naccs_builder *builder, xmlNode *node)
{
	struct naccs_page *page = builder->page;

	if (naccs_tree_is(node, "label"))
		return remember(builder, &builder->labels, node);
	if (naccs_tree_is(node, "script"))
		return gather_script(builder, node);
	if (naccs_tree_is(node, "base"))
		return gather_base(builder, node);
	if (naccs_tree_is(node, "form"))
		return remember(builder, &builder->forms, node);
	if ((naccs_tree_is(node, "body") || naccs_tree_is(node, "frameset")) && builder->body == NULL)
		builder->body = node;
	if (naccs_tree_is(node, "title") && *page->title == '\0') {
		xmlChar *title = xmlNodeGetContent(node);
		struct naccs_words words = {.arena = builder->arena, .limit = 1024};
		bool is_added = title == NULL || (naccs_words_add(&words, (const char *)title) && naccs_words_add(&words, ""));

		xmlFree(title);
		page->title = words.text != NULL ? naccs_arena_copy(builder->arena, words.text, words.length) : "";
		return is_added && page->title != NULL;
	}
	return true;
}

/* Second round: what a person uses. */
static bool build(struct naccs_builder *builder, xmlNode *node)
{
	static const char *const fields[] = {"input", "select", "textarea", "button", NULL};
	static const char *const frames[] = {"frame", "iframe", NULL};

	if (node->type != XML_ELEMENT_NODE)
		return true;
	if (naccs_tree_is(node, "form")) {
		size_t form = builder->page->forms.count;

		if (!naccs_build_form(builder, node))
			return false;
		builder->open_form = naccs_tree_is_unclosed(node) ? form : NACCS_NONE;
		return true;
	}
	if (naccs_tree_is_any(node, fields))
		return naccs_build_field(builder, node);
	if (naccs_tree_is_any(node, frames))
		return naccs_build_frame(builder, node);
	if (naccs_tree_is(node, "meta")) {
		const char *kind = naccs_tree_attribute(builder->arena, node, "http-equiv");
		const char *content = naccs_tree_attribute(builder->arena, node, "content");

		return kind != NULL && content != NULL && (strcasecmp(kind, "refresh") != 0 || naccs_build_refresh(builder, content));
	}
	return naccs_build_link(builder, node);
}

static bool each(struct naccs_builder *builder, bool (*visit)(struct naccs_builder *, xmlNode *))
{
	static const char *const ignored[] = {"noscript", "noframes", "template", NULL};
	bool skip = false;

	for (xmlNode *node = builder->root; node != NULL; node = naccs_tree_next(node, builder->root, skip)) {
		skip = naccs_tree_is_any(node, ignored);
		if (!skip && !visit(builder, node))
			return false;
	}
	return true;
}

static bool build_model(struct naccs_builder *builder, const struct naccs_page_source *source)
{
	struct naccs_page *page = builder->page;

	page->url = naccs_url_resolve(builder->arena, source->url, "");
	page->base = page->url;
	page->title = "";
	page->base_target = "";
	page->byte_count = source->length;
	page->status = source->status;
	if (page->url == NULL) {
		builder->complaint = N_("its address is no URL");
		return false;
	}
	if (!each(builder, gather) || !each(builder, build) || !naccs_build_blocks(builder) || !naccs_build_scripts(builder) ||
	    (source->refresh != NULL && !naccs_build_refresh(builder, source->refresh)))
		return false;
	page->folded_title = naccs_tree_fold(builder->arena, page->title);
	return page->folded_title != NULL;
}

naccs_status naccs_page_parse(const struct naccs_page_source *source, struct naccs_page **ret, struct naccs_error *err)
{
	naccs_auto(decoded) struct naccs_decoded decoded = {0};
	naccs_auto(page) struct naccs_page *page = calloc(1, sizeof *page);
	struct naccs_builder builder = {.page = page, .open_form = NACCS_NONE};
	naccs_status status;

	if (page == NULL)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("out of memory"));
	status = naccs_arena_new(MODEL_MAX, &page->arena, err);
	if (status == NACCS_OK)
		status = naccs_decode(source->bytes, source->length, source->content_type, &decoded, err);
	if (status == NACCS_OK)
		status = naccs_tree_parse(decoded.text, decoded.length, &page->document, &page->node_count, err);
	if (status != NACCS_OK)
		return status;
	page->charset = decoded.charset;
	page->bad_count = decoded.bad_count;
	naccs_decoded_clear(&decoded);
	builder.arena = page->arena;
	builder.root = (xmlNode *)page->document;
	if (!build_model(&builder, source))
		return naccs_fail(err, NACCS_E_PORTAL_UNKNOWN_PAGE, 0, _("the page is not one that the portal is known for: %s"),
				  builder.complaint != NULL ? _(builder.complaint) : _("it is too large"));
	*ret = naccs_take(&page);
	return NACCS_OK;
}

bool naccs_page_is_before(const struct naccs_page *page, const xmlNode *one, const xmlNode *other)
{
	xmlNode *root = (xmlNode *)page->document;

	for (xmlNode *node = root; node != NULL; node = naccs_tree_next(node, root, false)) {
		if (node == other)
			return false;
		if (node == one)
			return true;
	}
	return false;
}

bool naccs_page_is_inside(const xmlNode *node, const xmlNode *around)
{
	while (node != NULL && node != around)
		node = node->parent;
	return node != NULL;
}
