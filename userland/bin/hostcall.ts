/**
 * Calls a function of the host: the interpreter of the scripts in /host/bin. The script beside it in /host/call is a
 * device that takes the request and gives the answer.
 */
import { Buffer } from "../sdk/buffer";
import { Bytes, bytes, concat, is } from "../sdk/bytes";
import { openToUpdate } from "../sdk/files";
import { readSome, writeAll } from "../sdk/io";
import { args, complainErrno, complain, exit } from "../sdk/program";
import { baseName } from "../sdk/path";

const USAGE_STATUS: u32 = 2;
const FAILED: u32 = 1;
const BLOCK: i32 = 64 * 1024;
const HEAD: i32 = 8;

export function _start(): void {
  const withInput = args.length > 0 && is(args[0], "-i");
  const script = withInput ? 1 : 0;
  if (args.length <= script) {
    complain("is called by the scripts in /host/bin");
    exit(USAGE_STATUS);
  }
  const name = baseName(args[script]);
  const fd = openToUpdate(concat(bytes("/host/call/"), name));
  if (fd < 0) fail(name, -fd);
  const request = new Buffer(256);
  for (let index = 0; index < 4; index++) request.push(0);
  for (let index = script + 1; index < args.length; index++) {
    request.append(args[index]);
    request.push(0);
  }
  store<u32>(request.address, request.length - 4);
  const errno = writeAll(fd, request.address, request.length);
  if (errno != 0) fail(name, errno);
  const block = heap.alloc(BLOCK);
  if (withInput) sendInput(name, fd, block);
  exit(receive(name, fd, block));
}

function sendInput(name: Bytes, fd: u32, block: usize): void {
  while (true) {
    const count = readSome(0, block, BLOCK);
    if (count == 0) return;
    const errno = count < 0 ? -count : writeAll(fd, block, count);
    if (errno != 0) fail(name, errno);
  }
}

/** Passes the answer on, and answers the status in it. */
function receive(name: Bytes, fd: u32, block: usize): u32 {
  const head = new Buffer(HEAD);
  let left: u32 = 0; // of standard output
  while (true) {
    const count = readSome(fd, block, BLOCK);
    if (count < 0) fail(name, -count);
    if (count == 0) return head.length == HEAD ? load<u32>(head.address) : FAILED;
    let at = block;
    const end = block + count;
    while (at < end && head.length < HEAD) {
      head.push(load<u8>(at++));
      if (head.length == HEAD) left = load<u32>(head.address, 4);
    }
    const part = min<u32>(left, <u32>(end - at));
    left -= part;
    const errno = writeAll(1, at, part);
    if (errno != 0) {
      complainErrno(bytes("write error"), errno);
      exit(FAILED);
    }
    writeAll(2, at + part, <i32>(end - at - part));
  }
}

function fail(name: Bytes, errno: u32): void {
  complainErrno(name, errno);
  exit(FAILED);
}
