/** Lists processes. */
import { BLANK, COLON, DOT } from "../sdk/ascii";
import { Bytes, bytes } from "../sdk/bytes";
import { humanSize } from "../sdk/mode";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { complainErrno, exit, finish } from "../sdk/program";
import { ProcessStatus, processes } from "../sdk/proc";
import { listErrno } from "../sdk/directory";

const USAGE = `usage: ps [-Aefl]

Lists the processes that are seen: those of the session.

  -A   does nothing more
  -e   does nothing more
  -f   with parent and arguments
  -l   with parent, group, what it waits for and threads
`;

export function _start(): void {
  const options = new Options(USAGE);
  let full = false;
  let long = false;
  while (options.next()) {
    if (options.flag == "f") full = true;
    else if (options.flag == "l") long = true;
  }
  if (options.operands().length > 0) options.misuse("takes no operands");
  const list = processes();
  if (!list) {
    complainErrno(bytes("/proc"), listErrno);
    exit(1);
    return;
  }
  out.text("    PID");
  if (full || long) out.text("    PPID");
  if (long) out.text("    PGID  THREADS");
  out.text(" STATE     MEMORY     TIME");
  out.text(long ? " WAITS FOR            COMMAND\n" : " COMMAND\n");
  for (let index = 0; index < list.length; index++) print(list[index], full, long);
  finish();
}

function print(status: ProcessStatus, full: bool, long: bool): void {
  out.padded(status.pid, 7);
  if (full || long) out.padded(status.parent, 8);
  if (long) {
    out.padded(status.group, 8);
    out.padded(status.threads, 9);
  }
  out.byte(BLANK);
  column(status.state, 9);
  const memory = humanSize(status.memory);
  out.pad(7 - memory.byteLength);
  out.bytes(memory);
  time(status.cpuMs);
  out.byte(BLANK);
  if (long) {
    column(status.waitsFor, 20);
    out.byte(BLANK);
  }
  out.line(full || long ? status.command : status.name);
}

function column(text: Bytes, width: i32): void {
  out.bytes(text);
  out.pad(width - text.byteLength);
}

/** "  12:34.5": minutes, seconds and tenths. */
function time(milliseconds: i64): void {
  out.padded(milliseconds / 60_000, 4);
  out.byte(COLON);
  out.byte(0x30 + <i32>(milliseconds / 10_000 % 6));
  out.byte(0x30 + <i32>(milliseconds / 1000 % 10));
  out.byte(DOT);
  out.byte(0x30 + <i32>(milliseconds / 100 % 10));
}
