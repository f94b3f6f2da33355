/** Shows the processes that use the processor most, again and again. On a terminal "q" ends it. */
import { BLANK, DOT, LINE_FEED } from "../sdk/ascii";
import { Bytes, bytes } from "../sdk/bytes";
import { now } from "../sdk/clock";
import { parseCount } from "../sdk/decimal";
import { listErrno } from "../sdk/directory";
import { readSome } from "../sdk/io";
import { humanSize } from "../sdk/mode";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { Attributes, LocalFlag, isatty, tcgetattr, tcsetattr, winsize } from "../sdk/posix";
import { complainErrno, exit, finish } from "../sdk/program";
import { ProcessStatus, processes } from "../sdk/proc";
import { awaitInput, sleep } from "../sdk/sleep";
import { Clock } from "../sdk/wasi";

const USAGE = `usage: top [-b] [-d seconds] [-n number]

Shows the processes that use the processor most, once a second.

  -b          writes one page after the other, as for a file
  -d NUMBER   so many seconds between pages
  -n NUMBER   so many pages
`;
const SECOND: u64 = 1_000_000_000;
const SIZES = memory.data(8);
const KEY = memory.data(1);
const ATTRIBUTES = memory.data(16);
const Q: u8 = 0x71;
const CONTROL_C: u8 = 0x03;

let pages: i64 = i64.MAX_VALUE;
let pause = SECOND;
/** Of the page before: processor times by process, and when it was. */
let before = new Map<i64, i64>();
let beforeMs: i64 = 0;

export function _start(): void {
  const options = new Options(USAGE);
  let batch = isatty(1) != 0;
  while (options.next()) {
    if (options.flag == "b") {
      batch = true;
      continue;
    }
    const number = parseCount(options.value);
    if (number < 1) options.misuseOf(options.value, "no number");
    if (options.flag == "n") pages = number;
    else pause = <u64>min<i64>(number, 86400) * SECOND;
  }
  if (options.operands().length > 0) options.misuse("takes no operands");
  const keys = !batch && isatty(0) == 0;
  if (keys) raw();
  for (let page: i64 = 0; page < pages; page++) {
    if (page > 0 && !goesOn(keys)) break;
    show(batch);
  }
  if (keys) tcsetattr(0, ATTRIBUTES);
  finish();
}

/** Keys come at once, are not shown and are no signals, until the end. */
function raw(): void {
  if (tcgetattr(0, ATTRIBUTES) != 0) return;
  const attributes = changetype<Attributes>(ATTRIBUTES);
  const lflag = attributes.lflag;
  attributes.lflag = lflag & ~(LocalFlag.icanon | LocalFlag.echo | LocalFlag.isig);
  tcsetattr(0, ATTRIBUTES);
  attributes.lflag = lflag;
}

/** Waits for the next page; false when somebody asked for the end. */
function goesOn(keys: bool): bool {
  if (!keys) return sleep(pause) == 0;
  if (!awaitInput(0, pause)) return true;
  return readSome(0, KEY, 1) > 0 && load<u8>(KEY) != Q && load<u8>(KEY) != CONTROL_C;
}

function show(batch: bool): void {
  const list = processes();
  if (!list) {
    complainErrno(bytes("/proc"), listErrno);
    exit(1);
    return;
  }
  const nowMs = <i64>(now(Clock.monotonic) / 1_000_000);
  const span = max<i64>(nowMs - beforeMs, 1);
  const shares = new Map<i64, i64>();
  const times = new Map<i64, i64>();
  let memory: i64 = 0;
  for (let index = 0; index < list.length; index++) {
    const status = list[index];
    // On the first page, of its whole life.
    const used = before.has(status.pid) ? status.cpuMs - before.get(status.pid) : status.cpuMs;
    const lived = before.has(status.pid) ? span : max<i64>(status.wallMs, 1);
    shares.set(status.pid, used * 1000 / lived);
    times.set(status.pid, status.cpuMs);
    memory += status.memory;
  }
  before = times;
  beforeMs = nowMs;
  list.sort((left, right) => (left.cpuMs < right.cpuMs ? 1 : left.cpuMs > right.cpuMs ? -1 : 0));
  let rows = list.length;
  if (!batch) {
    if (winsize(1, SIZES, SIZES + 4) == 0 && load<i32>(SIZES) > 3) rows = min(rows, load<i32>(SIZES) - 3);
    out.text("\x1b[H\x1b[2J");
  }
  out.number(list.length);
  out.text(list.length == 1 ? " process, memory " : " processes, memory ");
  out.line(humanSize(memory));
  out.text("    PID %CPU  MEMORY STATE    COMMAND\n");
  for (let index = 0; index < rows; index++) print(list[index], shares.get(list[index].pid));
  if (batch) out.byte(LINE_FEED);
  out.flush();
}

function print(status: ProcessStatus, share: i64): void {
  out.padded(status.pid, 7);
  out.padded(share / 10, 3);
  out.byte(DOT);
  out.byte(0x30 + <i32>(share % 10));
  right(humanSize(status.memory), 8);
  out.byte(BLANK);
  out.bytes(status.state);
  out.pad(8 - status.state.byteLength);
  out.byte(BLANK);
  out.line(status.command);
}

function right(text: Bytes, width: i32): void {
  out.pad(width - text.byteLength);
  out.bytes(text);
}
