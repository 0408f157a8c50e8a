/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the text that a person sees, line by line, so that messages are found and old lines can be told from new ones. */
#include "page_build.h"

#include <string.h>

#define BLOCKS_MAX 20000
#define TEXT_MAX ((size_t)512 * 1024)
#define BLOCK_TEXT_MAX ((size_t)4096)

bool naccs_build_block(struct naccs_builder *builder, const char *text, xmlNode *node)
{
	struct naccs_words words = {.arena = builder->arena, .limit = BLOCK_TEXT_MAX};
	struct naccs_block block = {.node = node};

	if (!naccs_words_add(&words, text))
		return false;
	if (words.length == 0 || builder->page->blocks.count == BLOCKS_MAX)
		return true;
	block.text = naccs_arena_copy(builder->arena, words.text, words.length);
	block.folded = block.text != NULL ? naccs_tree_fold(builder->arena, block.text) : NULL;
	if (block.folded == NULL)
		return false;
	return *block.folded == '\0' || naccs_arena_push(builder->arena, &builder->page->blocks, block);
}

struct line {
	char text[BLOCK_TEXT_MAX + 4];
	size_t length;
	xmlNode *node; /* where it begins */
};

static bool end_line(struct naccs_builder *builder, struct line *line)
{
	bool is_built;

	line->text[line->length] = '\0';
	is_built = line->length == 0 || naccs_build_block(builder, line->text, line->node);
	line->length = 0;
	return is_built;
}

/* Whole characters only; a line that is too long is cut. */
static void add_to_line(struct line *line, xmlNode *node, const char *text)
{
	size_t length = strlen(text), room = BLOCK_TEXT_MAX - line->length;

	if (length > room) {
		length = room;
		while (length > 0 && (text[length] & 0xC0) == 0x80)
			length--;
	}
	if (line->length == 0)
		line->node = node;
	memcpy(line->text + line->length, text, length);
	line->length += length;
}

static void add_alt(struct line *line, xmlNode *image)
{
	xmlChar *alt = xmlGetProp(image, (const xmlChar *)"alt");

	if (alt != NULL)
		add_to_line(line, image, (const char *)alt);
	xmlFree(alt);
}

bool naccs_build_blocks(struct naccs_builder *builder)
{
	naccs_auto(heap) struct line *line = calloc(1, sizeof *line);
	xmlNode *last_block = NULL, *root = builder->root;
	size_t total = 0;
	bool skip = false;

	if (line == NULL)
		return false;
	for (xmlNode *node = root; node != NULL && total < TEXT_MAX; node = naccs_tree_next(node, root, skip)) {
		xmlNode *block = node;

		/* Leaving one block for another ends a line just as entering one does. */
		while (block != NULL && !naccs_tree_is_block(block))
			block = block->parent;
		if (block != last_block && !end_line(builder, line))
			return false;
		last_block = block;
		skip = naccs_tree_is_no_content(node) || naccs_tree_is(node, "select") || naccs_tree_is(node, "textarea") ||
		       naccs_tree_is_hidden_itself(node);
		if (skip)
			continue;
		if (node->type == XML_TEXT_NODE && node->content != NULL) {
			add_to_line(line, node, (const char *)node->content);
			total += strlen((const char *)node->content);
		} else if (naccs_tree_is(node, "img")) {
			add_alt(line, node);
		}
	}
	return end_line(builder, line);
}
