/** Reads the log of the key-value store, by its description in userland/services/kv alone. */
import { crc32 } from "node:zlib";

export interface KvLog {
  readonly epoch: number;
  readonly sequence: bigint;
  /** Values by key, both as latin1. */
  readonly values: ReadonlyMap<string, Uint8Array>;
  /** Where in the memory object the next record goes, and how much its half has left. */
  readonly tail: number;
  readonly room: number;
}

const MAGIC = 0x766b5349;
const HEAD = 24;

/** Undefined when there is no log yet. */
export function readKvLog(shared: Uint8Array): KvLog | undefined {
  const bytes = Uint8Array.from(shared);
  const view = new DataView(bytes.buffer);
  const half = Math.floor((bytes.length - 128) / 2 / 8) * 8;
  let epoch = -1;
  let sequence = 0n;
  for (const at of [0, 64]) {
    const found = view.getUint32(at + 8, true);
    if (view.getUint32(at + 4, true) !== MAGIC || crc32(bytes.subarray(at + 4, at + 24)) !== view.getUint32(at, true) || found < epoch) continue;
    epoch = found;
    sequence = view.getBigUint64(at + 16, true);
  }
  if (epoch < 0) return undefined;
  const start = 128 + (epoch & 1) * half;
  const end = start + half;
  const values = new Map<string, Uint8Array>();
  let at = start;
  while (at + HEAD <= end) {
    const keyLength = view.getUint16(at + 4, true);
    const kind = view.getUint16(at + 6, true);
    const valueLength = view.getUint32(at + 8, true);
    const next = at + Math.ceil((HEAD + keyLength + valueLength) / 8) * 8;
    if (keyLength === 0 || next > end || view.getUint32(at + 12, true) !== epoch || view.getBigUint64(at + 16, true) !== sequence) break;
    if (crc32(bytes.subarray(at + 4, at + HEAD + keyLength + valueLength)) !== view.getUint32(at, true)) break;
    const key = Buffer.from(bytes.subarray(at + HEAD, at + HEAD + keyLength)).toString("latin1");
    if (kind === 2) values.delete(key);
    else values.set(key, bytes.subarray(at + HEAD + keyLength, at + HEAD + keyLength + valueLength));
    at = next;
    sequence++;
  }
  return { epoch, sequence, values, tail: at, room: end - at };
}
