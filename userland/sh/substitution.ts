/**
 * Command substitution: what a command writes, without the newlines at its end. A builtin that leaves no trace is
 * run here and its output captured; anything else runs beside the shell with a pipe as its output.
 *
 * Spec: POSIX XCU 2.6.3.
 */
import { errnoWords } from "../sdk/errno";
import { Errno, pipe } from "../sdk/posix";
import { fd_close } from "../sdk/wasi";
import { Buffer, Bytes, bytes, EMPTY } from "./bytes";
import { descriptors } from "./descriptors";
import { readToEnd } from "./files";
import { isCapturable } from "./interpreter";
import { waitForPid } from "./jobs";
import { launch, launchedStatus, launchInto } from "./launch";
import { beginCapture, endCapture } from "./output";
import { applyRedirects, redirectMark, redirectTo, undoRedirects } from "./redirection";
import { fail } from "./report";
import { shell, Unwind } from "./state";
import { Node, NodeKind, RedirectKind, Simple } from "./syntax";

const ends: usize = memory.data(8);

/** How deep substitutions are in one another; each needs stack. */
const DEPTH_MAX = 200;
let depth = 0;

/** The text without NULs and the newlines at its end. */
function stripped(text: Buffer): Bytes {
  const address = text.address;
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const byte = load<u8>(address + index);
    if (byte != 0) store<u8>(address + length++, byte);
  }
  while (length > 0 && load<u8>(address + length - 1) == 0x0a) length--;
  return text.slice(0, length);
}

/** Runs the commands and answers what they wrote. Their status goes to `shell.substitutionStatus`. */
export function substitute(body: Node | null): Bytes {
  shell.substitutionStatus = 0;
  if (!body) return EMPTY;
  if (depth >= DEPTH_MAX) {
    fail(bytes("command substitution: nested too deeply"), 2);
    return EMPTY;
  }
  depth++;
  const value = isCapturable(body) || isFile(body) ? captureBuiltin(body) : readCommand(body);
  depth--;
  return value;
}

/** `$(<file)` */
function isFile(body: Node): bool {
  if (body.kind != NodeKind.simple) return false;
  const node = changetype<Simple>(body);
  return node.words.length == 0 && node.assignments.length == 0 && node.redirects.length == 1 && node.redirects[0].kind == RedirectKind.read && node.redirects[0].descriptor == 0;
}

function captureBuiltin(node: Node): Bytes {
  const text = new Buffer(0);
  if (changetype<Simple>(node).words.length == 0) {
    const from = redirectMark();
    const done = applyRedirects(node.redirects) && readToEnd(descriptors.get(0), text) == Errno.success;
    undoRedirects(from);
    shell.substitutionStatus = done ? 0 : 1;
    return stripped(text);
  }
  const from = redirectMark();
  redirectTo(1, beginCapture());
  launch(node, true, true);
  const status = launchedStatus;
  undoRedirects(from);
  const captured = endCapture();
  shell.substitutionStatus = status;
  return stripped(captured);
}

function readCommand(node: Node): Bytes {
  const errno = pipe(ends, ends + 4);
  if (errno != Errno.success) {
    fail(new Buffer().text("command substitution: ").text(errnoWords(errno)).copy(), 2);
    return EMPTY;
  }
  const read = <i32>load<u32>(ends);
  const write = <i32>load<u32>(ends, 4);
  const from = redirectMark();
  descriptors.hold(write);
  redirectTo(1, write);
  launchInto(-1, false);
  const pid = launch(node, false, true);
  undoRedirects(from);
  let status = launchedStatus;
  const text = new Buffer(256);
  const readErrno = pid > 0 ? readToEnd(read, text) : Errno.success;
  fd_close(read);
  if (readErrno != Errno.success) fail(new Buffer().text("command substitution: ").text(errnoWords(readErrno)).copy(), 2);
  if (pid > 0) status = waitForPid(pid);
  shell.substitutionStatus = status;
  return shell.unwind == Unwind.none ? stripped(text) : EMPTY;
}
