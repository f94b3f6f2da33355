/**
 * Reading directories. The guest sees "." and ".." first, under cookies 1 and 2; the cookies of
 * the file system, which stay valid while entries come and go, follow shifted by two and in 31 bits
 * where that can be (`cookies.ts`).
 *
 * The buffer is filled to its end: the last entry is cut where it does not fit, and only at the
 * end of the directory is less than the whole buffer used. That is how a caller knows.
 *
 * Spec: WASI preview 1, fd_readdir.
 */
import type { DirEntry } from "#fs";
import { FileKind } from "#fs";
import { asU64 } from "../guest-memory.ts";
import { NEEDS } from "./calls-table.ts";
import { OpenDirectory, RegularFile } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { clampU64, DIRENT_SIZE } from "./layout.ts";
import type { Calls, WasiState } from "./state.ts";

const COOKIE_SHIFT = 2n;
const BATCH_MAX = 256;
/** Entries given in one go; after that others have a turn, since both buffer and directory can be of any size. */
const SLICE_ENTRIES = 1024;
/** An entry takes at least this many bytes, which bounds how many fit. */
const ENTRY_MIN = DIRENT_SIZE + 1;

export function readdirCalls(state: WasiState): Calls {
  const { memory, fds } = state;

  return {
    fd_readdir: (fd: number, addr: number, claimedLength: number, claimedCookie: bigint, out: number) => {
      const descriptor = fds.get(fd, NEEDS.fd_readdir);
      if (descriptor === undefined) return fds.errno === Errno.notcapable && fds.get(fd, 0) instanceof RegularFile ? Errno.notdir : fds.errno;
      if (!(descriptor instanceof OpenDirectory)) return Errno.notdir;
      const byteLength = claimedLength >>> 0;
      if (!memory.has(addr, byteLength) || !memory.has(out, 4)) return Errno.fault;
      const { directory, cookies } = descriptor;
      const record = new Uint8Array(DIRENT_SIZE);
      const recordView = new DataView(record.buffer);
      let used = 0;
      let cookie = cookies.fromGuest(asU64(claimedCookie));

      const put = (bytes: Uint8Array): void => {
        const count = Math.min(bytes.length, byteLength - used);
        memory.write((addr >>> 0) + used, count === bytes.length ? bytes : bytes.subarray(0, count));
        used += count;
      };
      const putEntry = (name: string, ino: bigint, kind: FileKind, next: bigint): void => {
        const nameBytes = memory.encode(name);
        recordView.setBigUint64(0, cookies.toGuest(next), true);
        recordView.setBigUint64(8, clampU64(ino), true);
        recordView.setUint32(16, nameBytes.length, true);
        recordView.setUint32(20, kind, true);
        put(record);
        put(nameBytes);
        cookie = next;
      };
      const finish = (): number => {
        memory.setU32(out, used);
        return Errno.success;
      };
      /** True when the buffer is full or the directory at its end. */
      const take = (entries: readonly DirEntry[]): boolean => {
        for (const entry of entries) {
          putEntry(entry.name, entry.ino, entry.kind, asU64(entry.next + COOKIE_SHIFT));
          if (used === byteLength) return true;
        }
        return entries.length === 0;
      };
      const fill = (): number => {
        for (let given = 0; ; ) {
          if (given >= SLICE_ENTRIES) return state.pause("fd_readdir", fill);
          const max = Math.min(BATCH_MAX, Math.ceil((byteLength - used) / ENTRY_MIN));
          const entries = directory.entries(cookie - COOKIE_SHIFT, max);
          if (entries instanceof Promise) return state.settle(entries, descriptor, "fd_readdir", (list) => (take(list) ? finish() : fill()));
          if (take(entries)) return finish();
          given += entries.length;
        }
      };

      if (byteLength === 0) return finish();
      if (cookie >= COOKIE_SHIFT) return fill();
      return state.settle(directory.stat(), descriptor, "fd_readdir", (stat) => {
        if (cookie === 0n) putEntry(".", stat.ino, FileKind.directory, 1n);
        // What lies above is nobody's business: ".." shows the directory itself, as at every root.
        if (used < byteLength) putEntry("..", stat.ino, FileKind.directory, COOKIE_SHIFT);
        return used === byteLength ? finish() : fill();
      });
    },
  };
}
