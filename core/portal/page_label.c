/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: finds the label that a person reads for a field: <label>, aria, text in the same table cell, the cell to the left, the cell above,
 * bare text before it, placeholder, title, legend. The nearest comes first; whoever compares takes the first that means something to him.
 */
#include "page_build.h"

#include <string.h>

#define LABEL_MAX 512
#define STEPS_MAX 200
#define CELL_NODES_MAX 1000
#define ALIGNED_MAX 8 /* lines */

struct collector {
	struct naccs_builder *builder;
	struct naccs_labels *labels;
	bool is_marked_required;
	bool is_short; /* of memory */
};

static bool add_label(struct collector *collector, const char *text)
{
	const char *folded = text != NULL ? naccs_tree_fold(collector->builder->arena, text) : NULL;

	if (folded == NULL) {
		collector->is_short = true;
		return false;
	}
	if (*folded == '\0')
		return false;
	if (strstr(text, "必須") != NULL)
		collector->is_marked_required = true;
	if (!naccs_arena_push(collector->builder->arena, collector->labels, folded))
		collector->is_short = true;
	return true;
}

static bool add_text_of(struct collector *collector, xmlNode *node)
{
	return add_label(collector, naccs_tree_text(collector->builder->arena, node, LABEL_MAX));
}

static bool add_attribute(struct collector *collector, xmlNode *field, const char *name)
{
	return naccs_tree_has_attribute(field, name) && add_label(collector, naccs_tree_attribute(collector->builder->arena, field, name));
}

static xmlNode *element_by_id(struct collector *collector, const char *id)
{
	xmlNode *root = collector->builder->root;

	for (xmlNode *node = root; node != NULL; node = naccs_tree_next(node, root, false)) {
		xmlChar *candidate = node->type == XML_ELEMENT_NODE ? xmlGetProp(node, (const xmlChar *)"id") : NULL;
		bool is_it = candidate != NULL && strcmp((const char *)candidate, id) == 0;

		xmlFree(candidate);
		if (is_it)
			return node;
	}
	return NULL;
}

/* <label for>, a label around the field, aria-labelledby, aria-label. */
static bool add_explicit(struct collector *collector, xmlNode *field)
{
	const char *id = naccs_tree_attribute(collector->builder->arena, field, "id");
	const char *labelled_by = naccs_tree_attribute(collector->builder->arena, field, "aria-labelledby");
	xmlNode *around = naccs_tree_ancestor(field, "label");
	bool is_found = false;

	if (id == NULL || labelled_by == NULL) {
		collector->is_short = true;
		return false;
	}
	for (size_t i = 0; *id != '\0' && i < collector->builder->labels.count; i++) {
		xmlNode *label = collector->builder->labels.items[i];
		xmlChar *wanted = xmlGetProp(label, (const xmlChar *)"for");

		if (wanted != NULL && strcmp((const char *)wanted, id) == 0)
			is_found = add_text_of(collector, label) || is_found;
		xmlFree(wanted);
	}
	if (around != NULL)
		is_found = add_text_of(collector, around) || is_found;
	if (*labelled_by != '\0' && strchr(labelled_by, ' ') == NULL && collector->builder->field_count < 100) {
		xmlNode *label = element_by_id(collector, labelled_by);

		is_found = (label != NULL && add_text_of(collector, label)) || is_found;
	}
	return add_attribute(collector, field, "aria-label") || is_found;
}

/* The line of text that ends where the field begins: from the field backwards to another field, or to `limit` (an element around it). The
 * nearest lines first. */
static bool add_text_before(struct collector *collector, xmlNode *field, const xmlNode *limit, size_t lines_max)
{
	const char *pieces[STEPS_MAX];
	size_t count = 0, lines = 0;
	bool is_found = false, is_end = false;
	xmlNode *node = field;

	for (size_t step = 0; step < STEPS_MAX && !is_end && lines < lines_max; step++) {
		bool is_break;

		node = naccs_tree_previous(node, limit);
		is_end = node == NULL || naccs_tree_is_field(node) || step + 1 == STEPS_MAX;
		is_break = is_end || naccs_tree_is_block(node);
		if (!is_break && node->type == XML_TEXT_NODE && node->content != NULL && !naccs_tree_is_hidden(node->parent) &&
		    !naccs_tree_is_no_content(node->parent)) {
			pieces[count++] = (const char *)node->content;
		} else if (!is_break && naccs_tree_is(node, "img")) {
			const char *alt = naccs_tree_attribute(collector->builder->arena, node, "alt");
			if (alt != NULL)
				pieces[count++] = alt;
		}
		if (is_break && count > 0) {
			struct naccs_words words = {.arena = collector->builder->arena, .limit = LABEL_MAX};

			while (count > 0)
				collector->is_short = !naccs_words_add(&words, pieces[--count]) || collector->is_short;
			if (words.length > 0 && add_label(collector, naccs_arena_copy(words.arena, words.text, words.length))) {
				is_found = true;
				lines++;
			}
		}
	}
	return is_found;
}

static bool is_cell(const xmlNode *node)
{
	return naccs_tree_is(node, "td") || naccs_tree_is(node, "th");
}

static xmlNode *cell_around(xmlNode *node)
{
	for (node = node->parent; node != NULL; node = node->parent)
		if (is_cell(node))
			return node;
	return NULL;
}

/* What is too large to be a label counts as if it held one. */
static bool holds_field(xmlNode *cell)
{
	size_t steps = 0;

	for (xmlNode *node = cell; node != NULL; node = naccs_tree_next(node, cell, false))
		if (naccs_tree_is_field(node) || ++steps == CELL_NODES_MAX)
			return true;
	return false;
}

/* Which of the fields in this cell it is, from 0, and how many there are. */
static size_t rank_of_field(xmlNode *cell, const xmlNode *field, size_t *ret_count)
{
	size_t rank = 0, steps = 0;

	*ret_count = 0;
	for (xmlNode *node = cell; node != NULL && steps < CELL_NODES_MAX && *ret_count <= ALIGNED_MAX;
	     node = naccs_tree_next(node, cell, false), steps++) {
		if (!naccs_tree_is_field(node) || naccs_tree_is_hidden(node))
			continue;
		if (node == field)
			rank = *ret_count;
		(*ret_count)++;
	}
	return rank;
}

/* The line of this number when the cell has just so many lines: two cells whose lines stand side by side. "": it has not. */
static const char *aligned_line(struct collector *collector, xmlNode *cell, size_t wanted, size_t count)
{
	struct naccs_arena *arena = collector->builder->arena;
	struct naccs_words words = {.arena = arena, .limit = LABEL_MAX};
	const char *found = "";
	size_t lines = 0;
	xmlNode *node = cell;

	for (size_t steps = 0; steps < CELL_NODES_MAX; steps++) {
		bool skip = node != NULL && (naccs_tree_is_no_content(node) || naccs_tree_is_hidden_itself(node));

		if ((node == NULL || naccs_tree_is_block(node)) && words.length > 0) {
			const char *line = naccs_arena_copy(arena, words.text, words.length);
			const char *folded = line != NULL ? naccs_tree_fold(arena, line) : NULL;

			if (folded == NULL)
				return NULL;
			if (*folded != '\0' && lines++ == wanted)
				found = line;
			words = (struct naccs_words){.arena = arena, .limit = LABEL_MAX};
		}
		if (node == NULL)
			return lines == count ? found : "";
		if (!skip && node->type == XML_TEXT_NODE && node->content != NULL && !naccs_words_add(&words, (const char *)node->content))
			return NULL;
		node = naccs_tree_next(node, cell, skip);
	}
	return "";
}

static bool add_left_cell(struct collector *collector, xmlNode *left, size_t rank, size_t count)
{
	const char *line = count > 1 && count <= ALIGNED_MAX ? aligned_line(collector, left, rank, count) : "";

	if (line != NULL && *line == '\0')
		return add_text_of(collector, left);
	return add_label(collector, line);
}

static bool add_cells_to_the_left(struct collector *collector, xmlNode *cell, const xmlNode *field)
{
	bool is_found = false;
	size_t steps = 0, count, rank = rank_of_field(cell, field, &count);

	for (xmlNode *left = cell->prev; left != NULL && steps < 20; left = left->prev, steps++) {
		if (!is_cell(left))
			continue;
		if (holds_field(left))
			break;
		is_found = add_left_cell(collector, left, rank, count) || is_found;
	}
	return is_found;
}

static size_t span_of(xmlNode *cell)
{
	xmlChar *text = xmlGetProp(cell, (const xmlChar *)"colspan");
	unsigned long span = text != NULL ? strtoul((const char *)text, NULL, 10) : 1;

	xmlFree(text);
	return span >= 1 && span <= 100 ? span : 1;
}

static size_t column_of(xmlNode *cell)
{
	size_t column = 0, steps = 0;

	for (xmlNode *left = cell->prev; left != NULL && steps < STEPS_MAX; left = left->prev, steps++)
		if (is_cell(left))
			column += span_of(left);
	return column;
}

static xmlNode *row_above(xmlNode *row)
{
	xmlNode *above = row->prev;

	while (above != NULL && !naccs_tree_is(above, "tr"))
		above = above->prev;
	if (above != NULL || row->parent == NULL || naccs_tree_is(row->parent, "table"))
		return above;
	/* The last row of the thead or tbody before. */
	for (xmlNode *section = row->parent->prev; section != NULL; section = section->prev)
		for (xmlNode *last = section->last; section->type == XML_ELEMENT_NODE && last != NULL; last = last->prev)
			if (naccs_tree_is(last, "tr"))
				return last;
	return NULL;
}

static xmlNode *cell_at(xmlNode *row, size_t column)
{
	size_t at = 0;

	for (xmlNode *cell = row->children; cell != NULL; cell = cell->next) {
		if (!is_cell(cell))
			continue;
		at += span_of(cell);
		if (column < at)
			return cell;
		if (at > 1000)
			break;
	}
	return NULL;
}

static bool add_cell_above(struct collector *collector, xmlNode *cell)
{
	size_t column = column_of(cell);
	xmlNode *row = naccs_tree_ancestor(cell, "tr");

	for (int rows = 0; rows < 2 && row != NULL; rows++) {
		xmlNode *above;

		row = row_above(row);
		above = row != NULL ? cell_at(row, column) : NULL;
		if (above == NULL || holds_field(above))
			return false;
		if (add_text_of(collector, above))
			return true;
	}
	return false;
}

/* By where it stands: tables from the inside out, else the text before it. */
static bool add_by_place(struct collector *collector, xmlNode *field)
{
	bool is_found = false;
	xmlNode *cell = cell_around(field), *at = field;

	if (cell == NULL)
		return add_text_before(collector, field, collector->builder->root, 3);
	for (int level = 0; cell != NULL && level < 4; level++) {
		is_found = add_text_before(collector, at, cell, 2) || is_found;
		is_found = add_cells_to_the_left(collector, cell, field) || is_found;
		is_found = add_cell_above(collector, cell) || is_found;
		at = naccs_tree_ancestor(cell, "table");
		if (at == NULL)
			break;
		cell = cell_around(at);
	}
	return is_found || add_text_before(collector, field, collector->builder->root, 3);
}

bool naccs_build_labels(struct naccs_builder *builder, xmlNode *field, struct naccs_labels *ret, bool *ret_is_marked_required)
{
	struct collector collector = {.builder = builder, .labels = ret};
	bool has_explicit = add_explicit(&collector, field);
	xmlNode *set = naccs_tree_ancestor(field, "fieldset");

	if (!has_explicit)
		(void)add_by_place(&collector, field);
	(void)add_attribute(&collector, field, "placeholder");
	(void)add_attribute(&collector, field, "title");
	for (xmlNode *node = set != NULL ? set->children : NULL; node != NULL; node = node->next)
		if (naccs_tree_is(node, "legend"))
			(void)add_text_of(&collector, node);
	*ret_is_marked_required = collector.is_marked_required || naccs_tree_has_attribute(field, "aria-required");
	return !collector.is_short;
}
