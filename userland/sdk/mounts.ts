/** What is mounted. */
import { LINE_FEED } from "./ascii";
import { Bytes, EMPTY, bytes } from "./bytes";
import { parseCount } from "./decimal";
import { close, openToRead } from "./files";
import { Input } from "./input";
import { Errno, mounts } from "./posix";
import { words } from "./proc";
import { find } from "./scan";

const LENGTH = memory.data(4);

export class Mount {
  kind: Bytes = EMPTY;
  source: Bytes = EMPTY;
  path: Bytes = EMPTY;
  options: Bytes = EMPTY;
  /** Bytes, or -1 when nobody counts them. */
  used: i64 = -1;
  total: i64 = -1;
}

/** What is mounted, with its sizes where /proc has them. Empty outside of a session. */
export function allMounts(): Mount[] {
  const fd = openToRead(bytes("/proc/mounts"));
  if (fd >= 0) {
    const input = new Input(fd);
    input.rest();
    const list = parse(input.line, input.length);
    close(fd);
    if (input.errno == 0 && list.length > 0) return list;
  }
  let room: usize = 4096;
  let text = heap.alloc(room);
  let errno = mounts(text, room, LENGTH);
  // Others may mount meanwhile.
  while (errno == Errno.range) {
    heap.free(text);
    room = <usize>load<u32>(LENGTH) * 2;
    text = heap.alloc(room);
    errno = mounts(text, room, LENGTH);
  }
  const list = errno == Errno.success ? parse(text, load<i32>(LENGTH)) : [];
  heap.free(text);
  return list;
}

function parse(text: usize, length: i32): Mount[] {
  const list: Mount[] = [];
  const end = text + length;
  for (let from = text; from < end; ) {
    const to = find(LINE_FEED, from, end);
    const line = words(from, <i32>(to - from));
    from = to + 1;
    if (line.length < 4) continue;
    const mount = new Mount();
    mount.kind = line[0];
    mount.source = line[1];
    mount.path = line[2];
    mount.options = line[3];
    if (line.length > 4) mount.used = parseCount(line[4]);
    if (line.length > 5) mount.total = parseCount(line[5]);
    list.push(mount);
  }
  return list;
}
