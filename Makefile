# SPDX-License-Identifier: Apache-2.0
# A thin front for people: each target installs what it needs (Debian packages by name), then lets meson do the work.
BUILD ?= build

.PHONY: all demo windows check check-debian13 bench fuzz install clean

all:
	@scripts/packages build
	@scripts/build $(BUILD)

# Everything on a fresh machine: build, start the simulated portal, run the main job, show the verified result.
demo:
	@scripts/packages build demo
	@scripts/build $(BUILD)
	@scripts/demo $(BUILD)

# The program for Windows, as a zip that a user unpacks and runs.
windows:
	@scripts/packages build windows
	@scripts/build-windows build-windows
	@scripts/zip-windows build-windows

# Everything tested: gcc, gcc with AddressSanitizer and UBSan, the Windows program under Wine; clang must compile it without a warning.
check:
	@scripts/packages build demo check windows
	@scripts/check

# The OpenSSL provider under Debian 13 (OpenSSL 3.5), in a chroot that is made once: as root.
check-debian13: all
	@scripts/packages build demo debian13
	@tests/consumers/debian13.sh . $(BUILD)

# Side by side with what a user would run instead.
bench:
	@scripts/packages build demo bench
	@scripts/bench

# Each fuzz target for FUZZ_SECONDS (600) with libFuzzer.
fuzz:
	@scripts/packages build fuzz
	@scripts/fuzz

install: all
	meson install -C $(BUILD)

clean:
	rm -rf build build-* naccs-cert-*-windows-x86_64.zip
