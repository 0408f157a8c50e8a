/* SPDX-License-Identifier: Apache-2.0 */
/* Why: what core/worker's messages use of glibc's header, which mingw has not. Windows is little-endian. */
#ifndef NACCS_TEST_ENDIAN_H
#define NACCS_TEST_ENDIAN_H

#define htobe32(number) __builtin_bswap32(number)
#define htobe64(number) __builtin_bswap64(number)
#define be32toh(number) __builtin_bswap32(number)
#define be64toh(number) __builtin_bswap64(number)

#endif
