/* SPDX-License-Identifier: Apache-2.0 */
#include "journal.h"
#include "util.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct journal {
	pthread_mutex_t lock;
	FILE *file;
	struct sim_clock *clock;
	json_int_t sequence;
};

struct journal *journal_open(const char *path, struct sim_clock *clock)
{
	struct journal *journal = need(1, sizeof *journal);
	(void)pthread_mutex_init(&journal->lock, NULL);
	journal->clock = clock;
	journal->file = fopen(path, "a+e");
	if (journal->file == NULL)
		die("cannot open the journal %s: %s", path, strerror(errno));
	return journal;
}

void journal_close(struct journal *journal)
{
	if (journal == NULL)
		return;
	(void)fclose(journal->file);
	(void)pthread_mutex_destroy(&journal->lock);
	free(journal);
}

void journal_write(struct journal *journal, json_t *event)
{
	char time[CLOCK_TEXT];
	clock_text(clock_now(journal->clock), time);
	(void)pthread_mutex_lock(&journal->lock);
	json_object_set_new(event, "time", json_string(time));
	json_object_set_new(event, "sequence", json_integer(++journal->sequence));
	(void)fseek(journal->file, 0, SEEK_END);
	(void)json_dumpf(event, journal->file, JSON_COMPACT);
	(void)fputc('\n', journal->file);
	(void)fflush(journal->file);
	(void)pthread_mutex_unlock(&journal->lock);
	json_decref(event);
}

char *journal_read(struct journal *journal, size_t *ret_size)
{
	(void)pthread_mutex_lock(&journal->lock);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (out != NULL) {
		char block[8192];
		size_t got;
		rewind(journal->file);
		while ((got = fread(block, 1, sizeof block, journal->file)) > 0)
			(void)fwrite(block, 1, got, out);
		(void)fclose(out);
	}
	(void)pthread_mutex_unlock(&journal->lock);
	*ret_size = size;
	return text;
}
