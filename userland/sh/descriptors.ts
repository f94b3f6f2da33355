/**
 * The descriptors that a script sees. A script's number stands for one of the process's by this table, so that a
 * redirection changes an entry and its end changes it back: nothing is duplicated to be put aside, and the mounts,
 * which have low numbers of the process, are in nobody's way. Programs are given the table's entries.
 *
 * Several entries may stand for the same number, so it is counted how many do, and what is put aside counts too.
 * A number is closed when nothing stands for it any more.
 */
import { FdPair } from "../sdk/posix";
import { fd_close } from "../sdk/wasi";
import { CAPTURES } from "./output";

/** Scripts name descriptors below this one. */
export const DESCRIPTORS_MAX = 256;

const NONE: i32 = -1;

export class Descriptors {
  private readonly entries: StaticArray<i32> = new StaticArray<i32>(DESCRIPTORS_MAX);
  /** For each number of the process, how many hold it. */
  private readonly holders: Array<i32> = [];
  /** The highest that is open, plus one. */
  limit: i32 = 0;

  constructor() {
    for (let fd = 0; fd < DESCRIPTORS_MAX; fd++) this.entries[fd] = NONE;
  }

  /** The process's number, or -1 when it is closed. */
  get(fd: i32): i32 {
    return <u32>fd < <u32>DESCRIPTORS_MAX ? this.entries[fd] : NONE;
  }

  /** Puts a number, which the caller holds, or -1 into the table. Answers what was there: now the caller holds that. */
  replace(fd: i32, real: i32): i32 {
    const before = this.entries[fd];
    this.entries[fd] = real;
    if (real >= 0) this.limit = max(this.limit, fd + 1);
    else while (this.limit > 0 && this.entries[this.limit - 1] < 0) this.limit--;
    return before;
  }

  hold(real: i32): void {
    if (real < 0 || real >= CAPTURES) return;
    while (this.holders.length <= real) this.holders.push(0);
    this.holders[real]++;
  }

  release(real: i32): void {
    if (real < 0 || real >= CAPTURES || real >= this.holders.length) return;
    if (--this.holders[real] == 0) fd_close(real);
  }
}

export const descriptors = new Descriptors();

/** Room for the pairs of one `spawn`: the table, and what is added for a subshell. */
const PAIRS_MAX = DESCRIPTORS_MAX + 2;
export const pairs: usize = heap.alloc(PAIRS_MAX * offsetof<FdPair>());

/** Writes the pair at `index`. */
export function setPair(index: i32, child: i32, parent: i32): void {
  const pair = changetype<FdPair>(pairs + index * offsetof<FdPair>());
  pair.child = child;
  pair.parent = parent;
}

/** Writes all open descriptors; answers how many. */
export function listPairs(): i32 {
  let count = 0;
  for (let fd = 0; fd < descriptors.limit; fd++) {
    const real = descriptors.get(fd);
    // What is captured in memory is no descriptor; only builtins write there.
    if (real >= 0 && real < CAPTURES) setPair(count++, fd, real);
  }
  return count;
}

/** The lowest number from 10 on that a script does not use. */
export function freeNumber(): i32 {
  let fd = 10;
  while (descriptors.get(fd) >= 0) fd++;
  return fd;
}
