#!/bin/sh
# Sets up and runs all checks and all tests. Needs npm, and Node of any version from 20 on.
#
#     ./test.sh              everything
#     ./test.sh wasm fs      checks, then only test files whose path contains one of the words
cd "$(dirname "$0")" || exit 1
. tools/setup.sh
setup_dependencies

# Tests that compile C programs for WASI need Debian's toolchain. Without it they are skipped.
c_packages="clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32"
has_c_toolchain() {
  command -v clang-19 >/dev/null 2>&1 && command -v wasm-ld-19 >/dev/null 2>&1 &&
    [ -d /usr/include/wasm32-wasi ] && [ -n "$(find /usr/lib/llvm-19 /usr/lib/clang -name 'libclang_rt.builtins*wasm32*' -print 2>/dev/null)$(find /usr/lib/llvm-19 /usr/lib/clang -path '*wasm32*' -name 'libclang_rt.builtins.a' -print 2>/dev/null)" ]
}
# Installs Debian packages, where that is possible without asking: install_packages WHAT NAMES
install_packages() {
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "test: installing $1 ($2)"
    # shellcheck disable=SC2086 # a list of packages
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $2; } >/dev/null ||
      say "test: apt-get could not install it"
  fi
}
if ! has_c_toolchain; then
  install_packages "the C toolchain for WASI" "$c_packages"
  has_c_toolchain || say "test: no C toolchain for WASI, so tests that compile C programs are skipped. On Debian: apt-get install $c_packages"
fi

# Tests of the engine in a browser need Debian's Chromium. Without it they are skipped.
if [ ! -x /usr/bin/chromium ]; then
  install_packages "a browser" chromium
  [ -x /usr/bin/chromium ] || say "test: no Chromium, so tests in a browser are skipped. On Debian: apt-get install chromium"
fi

checks=0
npm run --silent check || checks=1
node tools/test.ts "$@" || exit 1
[ "$checks" -eq 0 ] || say "test: every test passed, but \`npm run check\` failed; its findings are above"
exit "$checks"
