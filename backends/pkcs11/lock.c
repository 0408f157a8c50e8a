/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: two runs that write to one token would each miss what the other is about to make. A token is no file that could be locked, so the lock is the
 * name of a socket that belongs to no file system: it is taken by binding it, seen by every user of this machine, and goes with the process
 * however that ends. Who waits, waits on a connection to the holder, which breaks when the holder is gone.
 */
#include "pkcs11.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#define NAME_PREFIX "naccs-cert/pkcs11/"
#define RETRY_MS 50 /* when the holder listens no more, but the name is not free yet */

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait until the holder is gone or the time is up; tells who it is. */
static void wait_for_holder(const struct sockaddr_un *address, socklen_t size, int64_t until, pid_t *ret_holder)
{
	naccs_auto(fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct ucred peer;
	socklen_t length = sizeof peer;
	int64_t left = until - now_ms();

	if (fd < 0 || connect(fd, (const struct sockaddr *)address, size) != 0) {
		(void)poll(NULL, 0, left > RETRY_MS ? RETRY_MS : left > 0 ? (int)left : 0);
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0)
		*ret_holder = peer.pid;
	struct pollfd gone = {.fd = fd, .events = POLLIN};
	if (left > 0)
		(void)poll(&gone, 1, left > INT32_MAX ? INT32_MAX : (int)left);
}

static naccs_status bind_or_wait(const struct naccs_store *store, int fd, const struct sockaddr_un *address, socklen_t size,
				 uint32_t timeout_ms, struct naccs_error *err)
{
	int64_t until = now_ms() + timeout_ms;
	pid_t holder = 0;

	while (bind(fd, (const struct sockaddr *)address, size) != 0) {
		if (errno != EADDRINUSE)
			return naccs_fail_errno(err, NACCS_E_STORE_OPEN, errno, _("cannot lock the token %s"), store->uri);
		wait_for_holder(address, size, until, &holder);
		if (now_ms() < until)
			continue;
		(void)naccs_fail(err, NACCS_E_RUN_LOCKED, 0, _("the token %s is in use by another run (process %ld)"), store->uri, (long)holder);
		return naccs_error_hint(err, _("Wait until it has ended, or give it longer with --timeout."));
	}
	if (listen(fd, SOMAXCONN) != 0)
		return naccs_fail_errno(err, NACCS_E_STORE_OPEN, errno, _("cannot lock the token %s"), store->uri);
	return NACCS_OK;
}

naccs_status pkcs11_lock(const struct naccs_store *store, uint32_t timeout_ms, int *ret, struct naccs_error *err)
{
	static const char prefix[] = NAME_PREFIX;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	uint8_t sha256[NACCS_SHA256_SIZE];
	const char *uri = store->lock_name;
	naccs_auto(fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || !pkcs11_digest(store, "SHA256", (struct naccs_bytes){(const uint8_t *)uri, strlen(uri)}, sha256))
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	naccs_auto(heap) char *hex = naccs_hex(sha256, sizeof sha256);
	naccs_auto(heap) char *name = hex != NULL ? naccs_format("%s%s", prefix, hex) : NULL;
	if (name == NULL || strlen(name) + 1 > sizeof address.sun_path)
		return naccs_fail(err, NACCS_E_INTERNAL, 0, _("memory is short"));
	memcpy(address.sun_path + 1, name, strlen(name)); /* a first byte of zero: a name without a file */
	naccs_status status =
		bind_or_wait(store, fd, &address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name)), timeout_ms, err);
	if (status == NACCS_OK)
		*ret = naccs_take_fd(&fd);
	return status;
}
