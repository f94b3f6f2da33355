/**
 * The program that runs: its arguments, its name, its complaints, its end.
 *
 * Complaints go to standard error as "name: what" or "name: subject: what", and make the program
 * end with `failure` as its status. What was written to standard output before stands there before.
 */
import { BLANK, LINE_FEED, SLASH } from "./ascii";
import { Bytes, EMPTY, bytes, copyOf, lastIndexOf, slice } from "./bytes";
import { Buffer } from "./buffer";
import { errnoWords } from "./errno";
import { writeAll } from "./io";
import { out } from "./output";
import { args_get, args_sizes_get, proc_exit } from "./wasi";

const COUNT = memory.data(4);
const SIZE = memory.data(4);
const STDERR: u32 = 2;

/** All arguments, the program's name first. */
export const argv: Bytes[] = readArguments();
/** The last part of the name by which the program was started. */
export const programName: Bytes = argv.length == 0 ? bytes("?") : slice(argv[0], lastIndexOf(argv[0], SLASH) + 1);
/** The arguments after the name. */
export const args: Bytes[] = argv.slice(1);

/** The status at the end, unless something says otherwise. */
export let status: u32 = 0;
/** The status after a complaint. */
export let failure: u32 = 1;

/** Says which status complaints lead to; 1 unless told. */
export function failWith(code: u32): void {
  failure = code;
}

export function setStatus(code: u32): void {
  status = code;
}

/** "name: what" */
export function complain(what: string): void {
  complainWith(EMPTY, what);
}

/** "name: subject: what" */
export function complainOf(subject: Bytes, what: string): void {
  const line = new Buffer();
  line.append(subject);
  line.appendText(": ");
  complainWith(line.toBytes(), what);
}

/** "name: subject: what the number means" */
export function complainErrno(subject: Bytes, errno: u32): void {
  complainOf(subject, errnoWords(errno));
}

/** "name: message" */
export function complainBytes(message: Bytes): void {
  complainWith(message, "");
}

/** "name: verb subject: what the number means", as in "rm: cannot remove x: Is a directory" */
export function complainDoing(verb: string, subject: Bytes, errno: u32): void {
  const line = new Buffer();
  line.appendText(verb);
  line.push(BLANK);
  line.append(subject);
  complainErrno(line.toBytes(), errno);
}

function complainWith(subject: Bytes, what: string): void {
  out.flush();
  const line = new Buffer();
  line.append(programName);
  line.appendText(": ");
  line.append(subject);
  line.appendText(what);
  line.push(LINE_FEED);
  writeAll(STDERR, line.address, line.length);
  status = failure;
}

/** Writes a text to standard error as it is. */
export function writeError(text: string): void {
  const line = new Buffer();
  line.appendText(text);
  writeAll(STDERR, line.address, line.length);
}

/** Ends the program at once, with what was written out. */
export function exit(code: u32): void {
  out.flush();
  proc_exit(code);
}

/** Ends the program with the status that it has. To be called last. */
export function finish(): void {
  exit(status);
}

/** Complains and ends. */
export function die(what: string): void {
  complain(what);
  proc_exit(failure);
}

function readArguments(): Bytes[] {
  args_sizes_get(COUNT, SIZE);
  const count = load<u32>(COUNT);
  const addresses = heap.alloc(count * 4);
  const strings = heap.alloc(load<u32>(SIZE));
  const list: Bytes[] = [];
  if (args_get(addresses, strings) == 0) {
    for (let index: u32 = 0; index < count; index++) list.push(stringAt(load<u32>(addresses + index * 4)));
  }
  heap.free(addresses);
  heap.free(strings);
  return list;
}

/** A copy of the bytes up to a NUL. */
export function stringAt(address: usize): Bytes {
  let end = address;
  while (load<u8>(end) != 0) end++;
  return copyOf(address, <i32>(end - address));
}
