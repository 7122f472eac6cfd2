# SPDX-License-Identifier: BSD-2-Clause
# What Relais stands on. README names the Debian packages; tests/run and tools/quickstart install them.
find_package(PkgConfig REQUIRED)
pkg_check_modules(uv REQUIRED IMPORTED_TARGET libuv)
pkg_check_modules(ssl REQUIRED IMPORTED_TARGET libssl libcrypto)
pkg_check_modules(sasl REQUIRED IMPORTED_TARGET libsasl2)
pkg_check_modules(lmdb REQUIRED IMPORTED_TARGET lmdb)
# Debian 12's libunbound.pc requires development files of libraries it was built with; the library alone is enough.
find_library(UNBOUND_LIBRARY unbound REQUIRED)
add_library(relais_unbound INTERFACE)
target_link_libraries(relais_unbound INTERFACE ${UNBOUND_LIBRARY})
pkg_check_modules(seccomp REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(capng REQUIRED IMPORTED_TARGET libcap-ng)
pkg_check_modules(crypt REQUIRED IMPORTED_TARGET libcrypt)
pkg_check_modules(argon2 REQUIRED IMPORTED_TARGET libargon2)
pkg_check_modules(pcre2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(idn2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(utf8proc REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
