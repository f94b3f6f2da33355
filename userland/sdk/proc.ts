/** What `/proc` says, word by word. */
import { BACKSLASH, BLANK, COLON } from "./ascii";
import { Bytes, EMPTY, at, bytes, copyOf, isDigit, isSpace } from "./bytes";
import { Buffer } from "./buffer";
import { parseDecimal } from "./decimal";
import { list } from "./directory";
import { close, openToRead } from "./files";
import { Input } from "./input";
import { join } from "./path";

const PROC = "/proc";

/** What is known of a process. Memory in bytes, times in milliseconds. */
export class ProcessStatus {
  pid: i64 = 0;
  parent: i64 = 0;
  group: i64 = 0;
  session: i64 = 0;
  threads: i64 = 0;
  memory: i64 = 0;
  cpuMs: i64 = 0;
  wallMs: i64 = 0;
  name: Bytes = EMPTY;
  state: Bytes = EMPTY;
  waitsFor: Bytes = EMPTY;
  job: Bytes = EMPTY;
  /** Its arguments with blanks between them; its name when it has none. */
  command: Bytes = EMPTY;
}

/** All processes that are seen, by their numbers; null when there is no /proc. */
export function processes(): ProcessStatus[] | null {
  const entries = list(bytes(PROC));
  if (!entries) return null;
  const found: ProcessStatus[] = [];
  for (let index = 0; index < entries.length; index++) {
    if (!isDigit(at(entries[index].name, 0))) continue;
    const status = readStatus(join(bytes(PROC), entries[index].name));
    if (status) found.push(status);
  }
  found.sort((left, right) => (left.pid < right.pid ? -1 : left.pid > right.pid ? 1 : 0));
  return found;
}

/** The lines "Key: value" of a process that is still there. */
function readStatus(folder: Bytes): ProcessStatus | null {
  const fd = openToRead(join(folder, bytes("status")));
  if (fd < 0) return null;
  const status = new ProcessStatus();
  const input = new Input(fd);
  while (input.next()) {
    let colon = 0;
    while (colon < input.length && load<u8>(input.line + colon) != COLON) colon++;
    let from = min(colon + 1, input.length);
    while (from < input.length && isSpace(load<u8>(input.line + from))) from++;
    take(status, String.UTF8.decodeUnsafe(input.line, colon), copyOf(input.line + from, input.length - from));
  }
  close(fd);
  input.free();
  if (status.pid == 0) return null;
  status.command = readCommand(folder, status.name);
  return status;
}

function take(status: ProcessStatus, key: string, value: Bytes): void {
  switch (key) {
    case "Name":
      status.name = value;
      break;
    case "State":
      status.state = value;
      break;
    case "WaitsFor":
      status.waitsFor = value;
      break;
    case "Job":
      status.job = value;
      break;
    case "Pid":
      status.pid = parseDecimal(value);
      break;
    case "PPid":
      status.parent = parseDecimal(value);
      break;
    case "PGid":
      status.group = parseDecimal(value);
      break;
    case "Sid":
      status.session = parseDecimal(value);
      break;
    case "Threads":
      status.threads = parseDecimal(value);
      break;
    case "Memory":
      status.memory = parseDecimal(value);
      break;
    case "Cpu":
      status.cpuMs = wholePart(value);
      break;
    case "Wall":
      status.wallMs = wholePart(value);
      break;
  }
}

function wholePart(value: Bytes): i64 {
  let length = 0;
  while (length < value.byteLength && isDigit(at(value, length))) length++;
  return parseDecimal(copyOf(changetype<usize>(value), length));
}

function readCommand(folder: Bytes, name: Bytes): Bytes {
  const fd = openToRead(join(folder, bytes("cmdline")));
  if (fd < 0) return name;
  const made = new Buffer();
  const input = new Input(fd);
  while (input.next(0)) {
    if (made.length > 0) made.push(BLANK);
    // What would move the cursor is shown as a question mark.
    for (let index = 0; index < input.length; index++) {
      const byte = load<u8>(input.line + index);
      made.push(byte < 0x20 || byte == 0x7f ? 0x3f : byte);
    }
  }
  close(fd);
  input.free();
  return made.length == 0 ? name : made.toBytes();
}

/** The words of a line, in which \040 and such stand for the byte of that number. */
export function words(address: usize, length: i32): Bytes[] {
  const list: Bytes[] = [];
  const made = new Buffer();
  for (let index = 0; index <= length; index++) {
    const byte = index < length ? load<u8>(address + index) : 0x20;
    if (byte == BLANK) {
      if (made.length > 0) list.push(made.toBytes());
      made.clear();
    } else if (byte == BACKSLASH && index + 3 < length && isDigit(load<u8>(address + index + 1))) {
      made.push((load<u8>(address + index + 1) & 7) << 6 | (load<u8>(address + index + 2) & 7) << 3 | (load<u8>(address + index + 3) & 7));
      index += 3;
    } else made.push(byte);
  }
  return list;
}
