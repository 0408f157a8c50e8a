/* SPDX-License-Identifier: Apache-2.0 */
/* Why: the command line in UTF-8, on every system. */
#ifndef NACCS_CLI_ARGUMENTS_H
#define NACCS_CLI_ARGUMENTS_H

/* The arguments of this process; *argc and argv are main()'s. Kept until the process ends. NULL when memory is short. */
char **cli_arguments(int *argc, char **argv);

#endif
