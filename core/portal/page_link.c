/* SPDX-License-Identifier: Apache-2.0 */
/* Why: links, areas, elements with onclick, frames, refreshes, and what inline scripts and onload do by themselves. */
#include "page_build.h"

#include "text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define FRAMES_MAX 32
#define AUTOMATICS_MAX 100

/* Text, or the alt of an image in it (naccs_tree_text sees both); else alt, title, aria-label of the element itself. */
static const char *link_text(struct naccs_builder *builder, xmlNode *node)
{
	static const char *const names[] = {"alt", "title", "aria-label", NULL};
	const char *text = naccs_tree_text(builder->arena, node, 512);
	const char *folded = text != NULL ? naccs_tree_fold(builder->arena, text) : NULL;

	for (size_t i = 0; folded != NULL && *folded == '\0' && names[i] != NULL; i++) {
		text = naccs_tree_attribute(builder->arena, node, names[i]);
		folded = text != NULL ? naccs_tree_fold(builder->arena, text) : NULL;
	}
	return folded;
}

bool naccs_build_link(struct naccs_builder *builder, xmlNode *node)
{
	static const char *const whole_page[] = {"html", "body", "frameset", "form", "option", NULL};
	struct naccs_arena *arena = builder->arena;
	bool is_link = naccs_tree_is(node, "a") || naccs_tree_is(node, "area");
	bool has_href = is_link && naccs_tree_has_attribute(node, "href");
	bool has_script = naccs_tree_has_attribute(node, "onclick") && !naccs_tree_is_any(node, whole_page);
	struct naccs_control control = {.kind = is_link ? NACCS_CONTROL_LINK : NACCS_CONTROL_OTHER,
					.name = "",
					.value = "",
					.has_script = has_script,
					.node = node};
	const char *href;

	if (!has_href && !has_script)
		return true;
	control.text = link_text(builder, node);
	control.id = naccs_tree_attribute(arena, node, "id");
	control.target = naccs_tree_attribute(arena, node, "target");
	control.form = NACCS_NONE;
	control.is_visible = !naccs_tree_is_hidden(node);
	href = naccs_tree_attribute(arena, node, "href");
	if (control.id == NULL || control.target == NULL || href == NULL)
		return false;
	href += strspn(href, " \t\r\n");
	control.has_href_script = has_href && strncasecmp(href, "javascript:", 11) == 0;
	if (control.has_href_script && !naccs_build_script(builder, node, "href", &control.href_script))
		return false;
	if (has_href && !control.has_href_script && *href != '#')
		control.href = *href == '\0' ? builder->page->url : naccs_url_resolve(arena, builder->page->base, href);
	if (has_script && !naccs_build_script(builder, node, "onclick", &control.on_click))
		return false;
	return naccs_build_control(builder, control, NULL);
}

bool naccs_build_frame(struct naccs_builder *builder, xmlNode *node)
{
	struct naccs_frame_source frame = {.is_inline = naccs_tree_is(node, "iframe"),
					   .name = naccs_tree_attribute(builder->arena, node, "name")};
	const char *source = naccs_tree_attribute(builder->arena, node, "src");

	if (source == NULL || frame.name == NULL)
		return false;
	if (*frame.name == '\0')
		frame.name = naccs_tree_attribute(builder->arena, node, "id");
	if (*source != '\0' && *source != '#' && strncasecmp(source, "about:", 6) != 0)
		frame.url = naccs_url_resolve(builder->arena, builder->page->base, source);
	if (builder->page->frames.count == FRAMES_MAX) {
		builder->complaint = N_("too many frames");
		return false;
	}
	return frame.name != NULL && naccs_arena_push(builder->arena, &builder->page->frames, frame);
}

static bool add_automatic(struct naccs_builder *builder, struct naccs_automatic automatic)
{
	return builder->page->automatics.count == AUTOMATICS_MAX || naccs_arena_push(builder->arena, &builder->page->automatics, automatic);
}

/* "5; url=next.jsp", "0;URL='next.jsp'", "5": as the HTML standard reads it. */
bool naccs_build_refresh(struct naccs_builder *builder, const char *content)
{
	struct naccs_automatic automatic = {.form = NACCS_NONE, .target = "", .is_deferred = true, .url = builder->page->url};
	const char *url;
	char *copy;

	content += strspn(content, " \t\r\n\f");
	if (!isdigit((unsigned char)*content) && *content != '.')
		return true;
	automatic.delay_seconds = strspn(content, "0123456789") > 6 ? 1000 * 1000 : (unsigned)strtoul(content, NULL, 10);
	content += strspn(content, "0123456789.");
	content += strspn(content, " \t\r\n\f");
	content += *content == ';' || *content == ',';
	content += strspn(content, " \t\r\n\f");
	if (strncasecmp(content, "url", 3) == 0) {
		url = content + 3 + strspn(content + 3, " \t\r\n\f");
		if (*url == '=')
			content = url + 1 + strspn(url + 1, " \t\r\n\f");
	}
	if (*content != '\0') {
		bool is_quoted = *content == '"' || *content == '\'';
		const char quote[] = {*content, '\0'};

		content += is_quoted;
		copy = naccs_arena_copy(builder->arena, content, is_quoted ? strcspn(content, quote) : strlen(content));
		if (copy == NULL)
			return false;
		automatic.url = naccs_url_resolve(builder->arena, builder->page->base, copy);
	}
	return automatic.url == NULL || add_automatic(builder, automatic);
}

/* ---- what scripts do by themselves ---- */

/* What a script puts into a form while the page loads is there when the form is sent. */
static void assign_by_itself(struct naccs_builder *builder, const struct naccs_script_act *act)
{
	struct naccs_form *form;
	size_t index, field;

	naccs_page_resolve(builder->page, &act->reference, NACCS_NONE, NACCS_NONE, &index, &field);
	if (index == NACCS_NONE || act->delay_seconds > 0)
		return;
	form = &builder->page->forms.items[index];
	if (field != NACCS_NONE && strcmp(act->property, "value") == 0)
		form->items[field].value = act->text;
	else if (field != NACCS_NONE && strcmp(act->property, "disabled") == 0)
		form->items[field].is_disabled = strcmp(act->text, "true") == 0;
	else if (field == NACCS_NONE && strcmp(act->property, "action") == 0)
		form->action = naccs_url_resolve(builder->arena, builder->page->base, act->text);
	else if (field == NACCS_NONE && strcmp(act->property, "target") == 0)
		form->target = act->text;
	else if (field == NACCS_NONE && strcmp(act->property, "method") == 0)
		form->is_post = strcasecmp(act->text, "post") == 0;
}

static bool act_by_itself(struct naccs_builder *builder, const struct naccs_script *script, const struct naccs_script_act *act)
{
	struct naccs_automatic automatic = {
		.form = NACCS_NONE, .target = "", .delay_seconds = act->delay_seconds, .is_deferred = act->is_deferred};
	size_t field;

	switch (act->verb) {
	case NACCS_SCRIPT_SUBMIT:
		automatic.script = *script;
		naccs_page_resolve(builder->page, &act->reference, NACCS_NONE, NACCS_NONE, &automatic.form, &field);
		return automatic.form == NACCS_NONE || field != NACCS_NONE || add_automatic(builder, automatic);
	case NACCS_SCRIPT_NAVIGATE:
	case NACCS_SCRIPT_OPEN:
		automatic.is_popup = act->verb == NACCS_SCRIPT_OPEN;
		automatic.is_reload = !automatic.is_popup && strcmp(act->property, "reload") == 0;
		automatic.target = automatic.is_popup ? act->property : naccs_script_target(&act->reference);
		automatic.url = *act->text == '\0' ? builder->page->url : naccs_url_resolve(builder->arena, builder->page->base, act->text);
		return automatic.url == NULL || add_automatic(builder, automatic);
	case NACCS_SCRIPT_NOTICE:
		return naccs_build_block(builder, act->text, NULL);
	case NACCS_SCRIPT_ASSIGN:
		assign_by_itself(builder, act);
		break;
	}
	return true;
}

static bool run_by_itself(struct naccs_builder *builder, struct naccs_script *script, bool is_deferred)
{
	for (size_t i = 0; i < script->count; i++) {
		script->items[i].is_deferred = script->items[i].is_deferred || is_deferred;
		if (!act_by_itself(builder, script, &script->items[i]))
			return false;
	}
	return true;
}

bool naccs_build_scripts(struct naccs_builder *builder)
{
	struct naccs_script script;

	for (size_t i = 0; i < builder->scripts.count; i++) {
		xmlChar *source = xmlNodeGetContent(builder->scripts.items[i]);
		bool is_read = source != NULL && naccs_script_read(builder->arena, &builder->page->library, (const char *)source, &script);

		xmlFree(source);
		if (!is_read || !run_by_itself(builder, &script, false))
			return false;
	}
	if (builder->body == NULL || !naccs_tree_has_attribute(builder->body, "onload"))
		return true;
	return naccs_build_script(builder, builder->body, "onload", &script) && run_by_itself(builder, &script, true);
}
