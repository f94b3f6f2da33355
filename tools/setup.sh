# Sourced by ./demo.sh and ./test.sh, from the root of the checkout: makes sure that the
# dependencies are installed and that the pinned Node runs. Says what to do when it cannot.

say() { printf '%s\n' "$*" >&2; }

setup_dependencies() {
  # npm writes node_modules/.package-lock.json last, so it tells a finished install from a broken
  # one. Ours remembers for which lock file that was.
  lock=$(cksum <package-lock.json)
  stamp=node_modules/.isola-lock
  if [ ! -f node_modules/.package-lock.json ] || { [ -f $stamp ] && [ "$(cat $stamp)" != "$lock" ]; }; then
    if ! command -v npm >/dev/null 2>&1; then
      say "setup: npm is missing. Install it with Node, any version from 20 on: on Debian \`apt-get install nodejs npm\`, elsewhere from https://nodejs.org"
      exit 1
    fi
    say "setup: installing dependencies (npm ci)"
    if ! npm ci --no-audit --no-fund --loglevel=error; then
      say "setup: \`npm ci\` failed; its messages are above. It needs the package registry: check the network, a proxy or mirror (\`npm config get registry\`), and the free disk space, then run this again"
      exit 1
    fi
  fi
  [ -f $stamp ] || echo "$lock" >$stamp
  PATH=$PWD/node_modules/.bin:$PATH
  export PATH
  if ! node_version=$(node_modules/.bin/node --version 2>/dev/null); then
    say "setup: the pinned Node is not in place: npm was told to run no install scripts, or its download failed. Fix it with:"
    say "    npm rebuild node --ignore-scripts=false"
    exit 1
  fi
}
