/** Which parts of a memory a core file holds: those that are not all zero, as far as there is room. */

export interface Captured {
  readonly byteLength: number;
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
  /** Bytes in `ranges`. */
  readonly captured: number;
  /** Bytes that are not all zero and found no room. */
  readonly cut: number;
}

const CHUNK = 4096;
/** Zero chunks inside a range: a segment of its own would cost about as much. */
const GAP_CHUNKS = 2;
/** Hosts take 100,000 segments in a module. */
const RANGES_MAX = 30_000;

export function capturedRanges(buffer: ArrayBufferLike, maxBytes: number): Captured {
  const { byteLength } = buffer;
  const words = new Int32Array(buffer, 0, byteLength >>> 2);
  const ranges: { start: number; end: number }[] = [];
  let captured = 0;
  let cut = 0;
  for (let start = 0; start < byteLength; start += CHUNK) {
    const end = Math.min(start + CHUNK, byteLength);
    if (isZero(words, buffer, start, end)) continue;
    const last = ranges.at(-1);
    const joins = last !== undefined && start - last.end <= GAP_CHUNKS * CHUNK;
    const more = joins ? end - last.end : end - start;
    if (captured + more > maxBytes || (!joins && ranges.length >= RANGES_MAX)) {
      cut += end - start;
      continue;
    }
    captured += more;
    if (joins) last.end = end;
    else ranges.push({ start, end });
  }
  return { byteLength, ranges, captured, cut };
}

function isZero(words: Int32Array, buffer: ArrayBufferLike, start: number, end: number): boolean {
  const wholeEnd = end >>> 2;
  for (let index = start / 4; index < wholeEnd; index++) if (words[index] !== 0) return false;
  return end % 4 === 0 || new Uint8Array(buffer, end - (end % 4), end % 4).every((byte) => byte === 0);
}
