/**
 * Translated modules on disk, or wherever the embedder's `BlobCache` keeps bytes.
 *
 * Entry, little-endian:
 *
 *     0   8  magic "ISOLATC" and the format version
 *     8  32  SHA-256 of everything that follows
 *    40   4  0x01020304 in the byte order of the writer
 *    44  12  lengths in bytes of meta, offset runs and code
 *    56   …  meta (JSON), padded to 4; offset runs (u32); code
 *
 * Meta repeats the key, so that an entry under a wrong name is noticed. An entry that fails any
 * check is removed and the module is translated again; a cache that fails altogether only
 * costs time. The digest guards against rot and truncation, not against somebody who can
 * write to the cache: that place must belong to the embedder alone.
 */
import type { BlobCache } from "./engine-options.ts";
import type { Translation } from "./translation.ts";

const MAGIC = Uint8Array.of(0x49, 0x53, 0x4f, 0x4c, 0x41, 0x54, 0x43, 3);
const DIGEST = 8;
const BODY = 40;
const HEADER = 56;
const BYTE_ORDER = 0x01020304;

export interface CacheEntry {
  readonly translation: Translation;
  /** Whether the digest is right; a wrong entry is removed. Never throws. */
  whole(): Promise<boolean>;
}

export class TranslationCache {
  readonly #blobs: BlobCache;
  readonly #sha256: (bytes: Uint8Array) => Promise<string>;
  /** What happened so far, for reports and tests. */
  readonly counts = { hits: 0, misses: 0, damaged: 0, writes: 0, failures: 0 };

  constructor(blobs: BlobCache, sha256: (bytes: Uint8Array) => Promise<string>) {
    this.#blobs = blobs;
    this.#sha256 = sha256;
  }

  /**
   * Opens the entry under `key`, and removes it when it is damaged. Never throws.
   *
   * The digest takes as long as everything else together, so it is left to the caller, who can
   * let the host compile meanwhile. Nothing of the entry may be trusted before `whole`.
   */
  async open(key: string): Promise<CacheEntry | undefined> {
    let entry: Uint8Array | undefined;
    try {
      const read = await this.#blobs.read(key);
      // A plain view: `slice` of the embedder's subclass may not copy.
      entry = read && new Uint8Array(read.buffer, read.byteOffset, read.byteLength);
    } catch {
      this.counts.failures++;
    }
    if (entry === undefined) {
      this.counts.misses++;
      return undefined;
    }
    const translation = decodeEntry(entry, key);
    if (translation === undefined) {
      await this.discard(key);
      return undefined;
    }
    const whole = async (): Promise<boolean> => {
      if (toHex(entry.subarray(DIGEST, BODY)) !== await this.#sha256(entry.subarray(BODY))) {
        await this.discard(key);
        return false;
      }
      this.counts.hits++;
      return true;
    };
    return { translation, whole };
  }

  /** Removes an entry that turned out to be of no use. Never throws. */
  async discard(key: string): Promise<void> {
    this.counts.damaged++;
    try {
      await this.#blobs.remove(key);
    } catch {
      this.counts.failures++;
    }
  }

  /** Keeps a translation; a failure to do so is counted, not thrown. */
  async write(key: string, translation: Translation): Promise<void> {
    try {
      await this.#blobs.write(key, await this.#encode(key, translation));
      this.counts.writes++;
    } catch {
      this.counts.failures++;
    }
  }

  async #encode(key: string, translation: Translation): Promise<Uint8Array> {
    const { code, offsets, summary, shift, flag, hidden, firstHelper, usedHooks, constantBytes, memories } = translation;
    const text = JSON.stringify({ key, summary, shift, flag, hidden, firstHelper, usedHooks, constantBytes, memories }, (_, value: unknown) =>
      typeof value === "bigint" ? { u64: value.toString() } : value);
    const meta = new TextEncoder().encode(text + " ".repeat(-new TextEncoder().encode(text).length & 3));
    const runs = new Uint8Array(offsets.buffer, offsets.byteOffset, offsets.byteLength);
    const entry = new Uint8Array(HEADER + meta.length + runs.length + code.length);
    entry.set(MAGIC, 0);
    entry.set(new Uint8Array(Uint32Array.of(BYTE_ORDER, meta.length, runs.length, code.length).buffer), BODY);
    entry.set(meta, HEADER);
    entry.set(runs, HEADER + meta.length);
    entry.set(code, HEADER + meta.length + runs.length);
    entry.set(fromHex(await this.#sha256(entry.subarray(BODY))), DIGEST);
    return entry;
  }
}

/** The parts of an entry whose lengths and key are right; undefined otherwise. The digest is still to be checked. */
function decodeEntry(entry: Uint8Array, key: string): Translation | undefined {
  if (entry.length < HEADER || !MAGIC.every((byte, i) => entry[i] === byte)) return undefined;
  const [order, metaLength = 0, runsLength = 0, codeLength = 0] = new Uint32Array(entry.slice(BODY, HEADER).buffer);
  if (order !== BYTE_ORDER || HEADER + metaLength + runsLength + codeLength !== entry.length || runsLength % 8 !== 0) return undefined;
  const runsAt = HEADER + metaLength;
  const meta = readMeta(entry.subarray(HEADER, runsAt));
  if (meta?.key !== key) return undefined;
  const { summary, shift, flag, hidden, firstHelper, usedHooks, constantBytes, memories } = meta;
  return {
    summary, shift, flag, hidden, firstHelper, usedHooks, constantBytes, memories,
    offsets: new Uint32Array(entry.slice(runsAt, runsAt + runsLength).buffer),
    code: entry.subarray(runsAt + runsLength),
  };
}

/** All of a translation that is not stored as plain bytes. */
interface Meta extends Omit<Translation, "code" | "offsets"> {
  readonly key: string;
}

/** Once the digest vouches for the bytes, their shape is what `#encode` wrote; until then nothing is read from it but the key. */
function readMeta(bytes: Uint8Array): Meta | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const meta: unknown = JSON.parse(text, (_, value: unknown) =>
      typeof value === "object" && value !== null && "u64" in value ? BigInt(String(value.u64)) : value);
    return typeof meta === "object" && meta !== null ? meta as Meta : undefined;
  } catch {
    return undefined;
  }
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
