/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: "costs no more than" needs the CPU time of whole processes, measured side by side. This program runs several cases in turn, round
 * after round, so that whatever else the machine does meets all of them alike, and prints medians with their spread.
 *
 *     measure ROUNDS [--clean PATH]… [--copy FROM TO] --case NAME PROGRAM ARGUMENTS… [--then PROGRAM ARGUMENTS…]… [--case …]
 *
 * The commands of a case run one after the other; their times add up. What --clean names is removed before each case, outside of the
 * measured time; then --copy puts a copy of the folder FROM at TO (which --clean should name). A command that fails ends everything. Output: a line per case, separated by tabs: name, then median, lower and upper
 * quartile of CPU time (user and system, ms), the same of wall time (ms), peak resident set (KiB), and the median over the rounds of this
 * case's CPU and wall time as a multiple of those of the other cases together ("-" for a single case).
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CASES_MAX 8
#define COMMANDS_MAX 8
#define CLEAN_MAX 8
#define WARM_UP 3 /* rounds that fill the caches and do not count */
#define ROUNDS_MAX 10000

extern char **environ;

struct sample {
	double cpu;  /* ms */
	double wall; /* ms */
};

struct bench_case {
	const char *name;
	char **command[COMMANDS_MAX];
	size_t command_count;
	struct sample *samples;
	long peak_kib;
};

struct bench {
	size_t rounds;
	const char *clean[CLEAN_MAX];
	size_t clean_count;
	char *copy_from, *copy_to; /* NULL: nothing */
	struct bench_case cases[CASES_MAX];
	size_t case_count;
};

static _Noreturn void die(const char *what, const char *name)
{
	(void)fprintf(stderr, "measure: %s %s%s%s\n", what, name, errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
	exit(1);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
	(void)about;
	(void)kind;
	(void)where;
	return remove(path);
}

static void clean(const struct bench *bench)
{
	for (size_t i = 0; i < bench->clean_count; i++) {
		if (nftw(bench->clean[i], remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
			die("cannot remove", bench->clean[i]);
	}
}

static double milliseconds(const struct timeval *time)
{
	return (double)time->tv_sec * 1e3 + (double)time->tv_usec / 1e3;
}

static double now(void)
{
	struct timespec time;
	(void)clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* One process from start to end, with nothing to read and nobody who reads. */
static struct sample run_command(char **command, const posix_spawn_file_actions_t *silence, long *peak_kib)
{
	struct rusage usage;
	struct sample sample;
	pid_t child;
	int status;
	double begin = now();
	errno = posix_spawnp(&child, command[0], silence, NULL, command, environ);
	if (errno != 0)
		die("cannot run", command[0]);
	if (wait4(child, &status, 0, &usage) != child)
		die("cannot wait for", command[0]);
	sample.wall = now() - begin;
	sample.cpu = milliseconds(&usage.ru_utime) + milliseconds(&usage.ru_stime);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		die("failed:", command[0]);
	if (usage.ru_maxrss > *peak_kib)
		*peak_kib = usage.ru_maxrss;
	return sample;
}

static struct sample run_case(struct bench_case *which, const posix_spawn_file_actions_t *silence)
{
	struct sample sum = {0};
	for (size_t i = 0; i < which->command_count; i++) {
		struct sample one = run_command(which->command[i], silence, &which->peak_kib);
		sum.cpu += one.cpu;
		sum.wall += one.wall;
	}
	return sum;
}

static void copy(const struct bench *bench, const posix_spawn_file_actions_t *silence)
{
	char program[] = "cp", option[] = "-a";
	char *command[] = {program, option, bench->copy_from, bench->copy_to, NULL};
	long ignored = 0;

	if (bench->copy_from != NULL)
		(void)run_command(command, silence, &ignored);
}

/* Each round begins with another case, so that none always follows the same one. */
static void run_all(struct bench *bench)
{
	posix_spawn_file_actions_t silence;
	if (posix_spawn_file_actions_init(&silence) != 0 ||
	    posix_spawn_file_actions_addopen(&silence, STDIN_FILENO, "/dev/null", O_RDONLY, 0) != 0 ||
	    posix_spawn_file_actions_addopen(&silence, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) != 0 ||
	    posix_spawn_file_actions_addopen(&silence, STDERR_FILENO, "/dev/null", O_WRONLY, 0) != 0)
		die("cannot prepare", "/dev/null");
	for (size_t round = 0; round < WARM_UP + bench->rounds; round++) {
		for (size_t i = 0; i < bench->case_count; i++) {
			struct bench_case *which = &bench->cases[(round + i) % bench->case_count];
			clean(bench);
			copy(bench, &silence);
			struct sample sample = run_case(which, &silence);
			if (round >= WARM_UP)
				which->samples[round - WARM_UP] = sample;
		}
	}
	clean(bench);
	(void)posix_spawn_file_actions_destroy(&silence);
}

static int compare_numbers(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return (a > b) - (a < b);
}

static void print_quartiles(double *numbers, size_t count)
{
	qsort(numbers, count, sizeof *numbers, compare_numbers);
	(void)printf("\t%.3f\t%.3f\t%.3f", numbers[count / 2], numbers[count / 4], numbers[count - 1 - count / 4]);
}

/* Round by round, so that a slow moment of the machine counts on both sides. */
static void print_ratio(const struct bench *bench, size_t index, bool is_wall, double *numbers)
{
	if (bench->case_count < 2) {
		(void)fputs("\t-", stdout);
		return;
	}
	for (size_t round = 0; round < bench->rounds; round++) {
		double own = 0, others = 0;
		for (size_t i = 0; i < bench->case_count; i++) {
			const struct sample *sample = &bench->cases[i].samples[round];
			*(i == index ? &own : &others) += is_wall ? sample->wall : sample->cpu;
		}
		numbers[round] = others > 0 ? own / others : 0;
	}
	qsort(numbers, bench->rounds, sizeof *numbers, compare_numbers);
	(void)printf("\t%.3f", numbers[bench->rounds / 2]);
}

static void print_all(const struct bench *bench)
{
	double *numbers = calloc(bench->rounds, sizeof *numbers);
	if (numbers == NULL)
		die("cannot get", "memory");
	for (size_t i = 0; i < bench->case_count; i++) {
		const struct bench_case *which = &bench->cases[i];
		(void)fputs(which->name, stdout);
		for (size_t round = 0; round < bench->rounds; round++)
			numbers[round] = which->samples[round].cpu;
		print_quartiles(numbers, bench->rounds);
		for (size_t round = 0; round < bench->rounds; round++)
			numbers[round] = which->samples[round].wall;
		print_quartiles(numbers, bench->rounds);
		(void)printf("\t%ld", which->peak_kib);
		print_ratio(bench, i, false, numbers);
		print_ratio(bench, i, true, numbers);
		(void)putchar('\n');
	}
	free(numbers);
}

static void usage(const char *why)
{
	errno = 0;
	die("usage: measure ROUNDS [--clean PATH]… [--copy FROM TO] --case NAME COMMAND… [--then COMMAND…]… [--case …]:", why);
}

/* The command at argv; its end becomes a NULL in place of the word that follows it. Returns where that word was. */
static char **take_command(struct bench_case *which, char **argv)
{
	if (which->command_count == COMMANDS_MAX || *argv == NULL)
		usage("no command, or too many");
	which->command[which->command_count++] = argv;
	while (*argv != NULL && strcmp(*argv, "--then") != 0 && strcmp(*argv, "--case") != 0)
		argv++;
	return argv;
}

static void parse(struct bench *bench, char **argv)
{
	bench->rounds = *argv != NULL ? (size_t)strtoul(*argv++, NULL, 10) : 0;
	if (bench->rounds == 0 || bench->rounds > ROUNDS_MAX)
		usage("how many rounds?");
	for (; *argv != NULL && strcmp(*argv, "--clean") == 0 && argv[1] != NULL; argv += 2) {
		if (bench->clean_count == CLEAN_MAX)
			usage("too many paths");
		bench->clean[bench->clean_count++] = argv[1];
	}
	if (*argv != NULL && strcmp(*argv, "--copy") == 0 && argv[1] != NULL && argv[2] != NULL) {
		bench->copy_from = argv[1];
		bench->copy_to = argv[2];
		argv += 3;
	}
	while (*argv != NULL) {
		bool is_case = strcmp(*argv, "--case") == 0;
		*argv++ = NULL;
		if (is_case) {
			if (bench->case_count == CASES_MAX || *argv == NULL)
				usage("too many cases, or one without a name");
			bench->cases[bench->case_count++].name = *argv++;
		}
		if (bench->case_count == 0)
			usage("no case");
		argv = take_command(&bench->cases[bench->case_count - 1], argv);
	}
	if (bench->case_count == 0)
		usage("no case");
}

int main(int argc, char **argv)
{
	struct bench bench = {0};
	if (argc < 2)
		usage("nothing to do");
	parse(&bench, argv + 1);
	for (size_t i = 0; i < bench.case_count; i++) {
		bench.cases[i].samples = calloc(bench.rounds, sizeof *bench.cases[i].samples);
		if (bench.cases[i].samples == NULL)
			die("cannot get", "memory");
	}
	run_all(&bench);
	print_all(&bench);
	for (size_t i = 0; i < bench.case_count; i++)
		free(bench.cases[i].samples);
	return 0;
}
