/**
 * Permissions and sizes as people read them. File systems store no permissions; what is shown comes
 * from the kind of a file and, where the system tells, from whether it can be run or changed.
 */
import { DASH, DOT } from "./ascii";
import { Bytes } from "./bytes";
import { Buffer } from "./buffer";
import { Output } from "./output";
import { Errno, path_mode } from "./posix";
import { Kind } from "./wasi";

const MODE = memory.data(4);
const RUN: u32 = 0o111;

/** Permission bits of what a path leads to, links not followed; `kind` is one of `Kind`. */
export function permissions(path: Bytes, kind: u8): u32 {
  const errno = path_mode(changetype<usize>(path), path.byteLength, 0, MODE);
  if (errno == Errno.success) return load<u32>(MODE) & 0o777;
  return kind == Kind.directory ? 0o755 : kind == Kind.link ? 0o777 : 0o644;
}

/** The letter for a kind at the beginning of a line of `ls -l`. */
function kindLetter(kind: u8): i32 {
  switch (kind) {
    case Kind.directory: return 0x64; // d
    case Kind.link: return 0x6c; // l
    case Kind.characterDevice: return 0x63; // c
    case Kind.blockDevice: return 0x62; // b
    case Kind.streamSocket:
    case Kind.datagramSocket: return 0x73; // s
    case Kind.unknown: return 0x70; // p: what has no kind is a stream
    default: return DASH;
  }
}

/** "drwxr-xr-x" */
export function putMode(out: Output, kind: u8, mode: u32): void {
  out.byte(kindLetter(kind));
  for (let bit = 8; bit >= 0; bit--) {
    const letter = bit % 3 == 2 ? 0x72 : bit % 3 == 1 ? 0x77 : 0x78;
    out.byte((mode >> bit & 1) != 0 ? letter : 0x2d);
  }
}

export function isProgram(mode: u32): bool {
  return (mode & RUN) != 0;
}

/** "512", "1.5K", "12M": at most four places, rounded up. */
export function humanSize(size: u64): Bytes {
  const made = new Buffer(8);
  if (size < 1024) {
    made.appendDecimal(size);
    return made.toBytes();
  }
  const units = "KMGTPE";
  let unit = 0;
  let scale: u64 = 1024;
  while (unit < 5 && size / scale >= 1024) {
    scale *= 1024;
    unit++;
  }
  // In tenths, where the whole is small enough to show them.
  const whole = size / scale;
  const rest = size % scale;
  const tenths = whole * 10 + (rest * 10 + scale - 1) / scale;
  if (tenths < 100) {
    made.appendDecimal(tenths / 10);
    made.push(DOT);
    made.push(0x30 + <i32>(tenths % 10));
  } else {
    const rounded = whole + <u64>(rest > 0);
    if (rounded == 1024 && unit < 5) {
      made.appendText("1.0");
      unit++;
    } else made.appendDecimal(rounded);
  }
  made.push(units.charCodeAt(unit));
  return made.toBytes();
}
