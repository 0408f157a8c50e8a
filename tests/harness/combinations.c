/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: which mixtures of independent switches to test, the same at every run: each value alone beside the first value of every other switch, then
 * mixtures in which every two values of different switches meet at least once (a covering array, made greedily).
 *
 *     combinations SWITCHES FORBIDDEN
 *
 * SWITCHES: lines "key=value value …". FORBIDDEN: lines "key=value key=value", two values that can't stand together. Prints a mixture a line,
 * "key=value,key=value,…".
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SWITCHES_MAX 64
#define VALUES_MAX 16
#define CELLS (SWITCHES_MAX * VALUES_MAX)
#define CANDIDATES 12

static struct {
	char *key;
	char *values[VALUES_MAX];
	int count;
} switches[SWITCHES_MAX];
static int switch_count;
static bool is_forbidden[CELLS][CELLS];
static bool is_wanted[CELLS][CELLS]; /* and not yet met */
static long wanted;

static int cell(int at, int value)
{
	return at * VALUES_MAX + value;
}

static uint64_t chance(void)
{
	static uint64_t state = 88172645463325252U;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void die(const char *what, const char *which)
{
	(void)fprintf(stderr, "combinations: %s %s\n", what, which);
	exit(1);
}

static char *keep(const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		die("out of memory", "");
	return copy;
}

static FILE *open_file(const char *name)
{
	FILE *file = fopen(name, "re");

	if (file == NULL)
		die("cannot read", name);
	return file;
}

static void read_switches(const char *name)
{
	FILE *file = open_file(name);
	char line[1024], *rest, *word;

	while (fgets(line, sizeof line, file) != NULL) {
		word = strtok_r(line, "= \n", &rest);
		if (word == NULL || switch_count == SWITCHES_MAX)
			die("cannot use", line);
		switches[switch_count].key = keep(word);
		while ((word = strtok_r(NULL, " \n", &rest)) != NULL) {
			if (switches[switch_count].count == VALUES_MAX)
				die("too many values:", switches[switch_count].key);
			switches[switch_count].values[switches[switch_count].count++] = keep(word);
		}
		switch_count++;
	}
	(void)fclose(file);
}

static int find_cell(const char *text)
{
	size_t length = text != NULL ? strcspn(text, "=") : 0;

	for (int i = 0; text != NULL && i < switch_count; i++)
		for (int v = 0; strlen(switches[i].key) == length && strncmp(switches[i].key, text, length) == 0 && v < switches[i].count; v++)
			if (strcmp(switches[i].values[v], text + length + 1) == 0)
				return cell(i, v);
	die("no such value:", text != NULL ? text : "(none)");
	return -1;
}

static void read_forbidden(const char *name)
{
	FILE *file = open_file(name);
	char line[256], *rest;

	while (fgets(line, sizeof line, file) != NULL) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		int one = find_cell(strtok_r(line, " \n", &rest)), other = find_cell(strtok_r(NULL, " \n", &rest));
		is_forbidden[one][other] = is_forbidden[other][one] = true;
	}
	(void)fclose(file);
}

static void print(const int *row)
{
	for (int i = 0; i < switch_count; i++)
		(void)printf("%s%s=%s", i == 0 ? "" : ",", switches[i].key, switches[i].values[row[i]]);
	(void)putchar('\n');
}

static bool fits(const int *row, int at, int value)
{
	for (int i = 0; i < switch_count; i++)
		if (i != at && row[i] >= 0 && is_forbidden[cell(at, value)][cell(i, row[i])])
			return false;
	return true;
}

static void print_each_alone(void)
{
	int row[SWITCHES_MAX] = {0};

	print(row);
	for (int i = 0; i < switch_count; i++) {
		for (int v = 1; v < switches[i].count; v++) {
			row[i] = v;
			/* what can't stand beside the plain value: the other switch takes the first value that goes */
			int changed = -1;
			for (int j = 0; j < switch_count; j++)
				if (is_forbidden[cell(i, v)][cell(j, 0)])
					for (changed = j, row[j] = 1; is_forbidden[cell(i, v)][cell(j, row[j])];)
						row[j]++;
			print(row);
			if (changed >= 0)
				row[changed] = 0;
		}
		row[i] = 0;
	}
}

static void want_all(void)
{
	for (int i = 0; i < switch_count; i++)
		for (int j = i + 1; j < switch_count; j++)
			for (int v = 0; v < switches[i].count; v++)
				for (int w = 0; w < switches[j].count; w++)
					if (!is_forbidden[cell(i, v)][cell(j, w)]) {
						is_wanted[cell(i, v)][cell(j, w)] = is_wanted[cell(j, w)][cell(i, v)] = true;
						wanted++;
					}
}

/* Switch by switch in a chance order, the value that meets most. Begins with a pair that is wanted, so that each row gains. */
static long make_row(int *row, int first, int first_value, int second, int second_value)
{
	int order[SWITCHES_MAX];
	long gain = 0;

	for (int i = 0; i < switch_count; i++) {
		row[i] = -1;
		int j = (int)(chance() % (uint64_t)(i + 1));
		order[i] = order[j];
		order[j] = i;
	}
	row[first] = first_value;
	row[second] = second_value;
	for (int n = 0; n < switch_count; n++) {
		int at = order[n], best = row[at];
		long best_gain = -1;
		for (int v = 0; row[at] < 0 && v < switches[at].count; v++) {
			long met = 0;
			for (int i = 0; i < switch_count; i++)
				met += i != at && row[i] >= 0 && is_wanted[cell(at, v)][cell(i, row[i])];
			if (met > best_gain && fits(row, at, v)) {
				best = v;
				best_gain = met;
			}
		}
		if (best < 0)
			return -1;
		row[at] = best;
	}
	for (int i = 0; i < switch_count; i++)
		for (int j = i + 1; j < switch_count; j++)
			gain += is_wanted[cell(i, row[i])][cell(j, row[j])];
	return gain;
}

static void meet(const int *row)
{
	for (int i = 0; i < switch_count; i++)
		for (int j = i + 1; j < switch_count; j++)
			if (is_wanted[cell(i, row[i])][cell(j, row[j])]) {
				is_wanted[cell(i, row[i])][cell(j, row[j])] = is_wanted[cell(j, row[j])][cell(i, row[i])] = false;
				wanted--;
			}
}

static void print_pairs(void)
{
	want_all();
	while (wanted > 0) {
		int one = 0, other = 0, best[SWITCHES_MAX];
		long best_gain = 0;
		for (one = 0; one < CELLS; one++) {
			for (other = 0; other < CELLS && !is_wanted[one][other]; other++)
				;
			if (other < CELLS)
				break;
		}
		for (int candidate = 0; candidate < CANDIDATES; candidate++) {
			int row[SWITCHES_MAX];
			long gain = make_row(row, one / VALUES_MAX, one % VALUES_MAX, other / VALUES_MAX, other % VALUES_MAX);
			if (gain > best_gain) {
				memcpy(best, row, sizeof row);
				best_gain = gain;
			}
		}
		if (best_gain <= 0)
			die("two values can't be brought together:", switches[one / VALUES_MAX].key);
		print(best);
		meet(best);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		die("usage: combinations SWITCHES FORBIDDEN", "");
	read_switches(argv[1]);
	read_forbidden(argv[2]);
	print_each_alone();
	print_pairs();
	return 0;
}
