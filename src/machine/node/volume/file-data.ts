/**
 * The bytes of a regular file of a volume: reading, writing, cutting and allocating, in blocks.
 *
 * Whole blocks go straight into the transaction; parts of blocks are gathered in the cache. What a
 * write adds is charged before it is there. Callers have checked that ranges are counts of bytes and
 * end within 2^53-1, and that the handle may do what it does.
 */
import { FsError } from "#fs";
import type { MaybeAsync } from "#fs";
import type { Block } from "./block-cache.ts";
import type { Node } from "./node.ts";
import { BLOCK_BYTES, BLOCK_INDEX_MAX, FILE_BYTES_MAX } from "./schema.ts";
import { BLOCK_OVERHEAD_BYTES } from "./usage.ts";

const blockOf = (offset: number): number => Math.floor(offset / BLOCK_BYTES);

export function readData(node: Node, offset: number, into: Uint8Array): number {
  const { blocks, tables } = node.store;
  const length = Math.min(into.length, node.size - offset);
  let done = 0;
  while (done < length) {
    const index = blockOf(offset + done);
    const start = (offset + done) % BLOCK_BYTES;
    const part = Math.min(length - done, BLOCK_BYTES - start);
    let present = 0;
    // A whole block that is not in the cache needs no place there.
    const whole = part === BLOCK_BYTES && blocks.cached(node, index) === undefined;
    const block = whole ? undefined : blocks.get(node, index);
    const data = whole ? (node.blocksStored ? tables.readBlock(node.ino, index) : undefined) : block?.data.subarray(0, block.length);
    if (data !== undefined && data.length > start) {
      present = Math.min(part, data.length - start);
      into.set(present === data.length ? data : data.subarray(start, start + present), done);
    }
    if (present < part) into.fill(0, done + present, done + part);
    done += part;
  }
  blocks.trim();
  return Math.max(0, done);
}

/** Writes as much as the quota allows. @throws FsError when that is nothing; `fbig`. */
export function writeData(node: Node, offset: number, from: Uint8Array): number {
  if (from.length === 0) return 0;
  const { store } = node;
  if (offset >= FILE_BYTES_MAX) throw new FsError("fbig", `a file has at most ${FILE_BYTES_MAX} bytes`);
  store.enterWrite();
  const length = Math.min(from.length, FILE_BYTES_MAX - offset);
  let done = 0;
  while (done < length) {
    const start = (offset + done) % BLOCK_BYTES;
    const part = Math.min(length - done, BLOCK_BYTES - start);
    try {
      writePart(node, blockOf(offset + done), start, from.subarray(done, done + part));
    } catch (error) {
      if (done > 0 && error instanceof FsError) break;
      throw error;
    }
    done += part;
    // After each part, so that a short write leaves a file that agrees with itself.
    node.size = Math.max(node.size, offset + done);
  }
  node.modified();
  store.written(done);
  return done;
}

/** Within one block. */
function writePart(node: Node, index: number, start: number, part: Uint8Array): void {
  const { blocks, tables } = node.store;
  // Nothing is stored behind the end.
  const beyond = index * BLOCK_BYTES >= node.size;
  if (part.length === BLOCK_BYTES) {
    const cached = blocks.cached(node, index);
    const old = cached?.length ?? (beyond || !node.blocksStored ? undefined : tables.blockSizes(node.ino, index, index, 1)[0]?.byteLength);
    charge(node, old, BLOCK_BYTES);
    try {
      tables.writeBlock(node.ino, index, part);
      node.blocksStored = true;
    } catch (error) {
      refund(node, BLOCK_BYTES - (old ?? -BLOCK_OVERHEAD_BYTES));
      throw error;
    }
    if (cached !== undefined) blocks.drop(cached);
    return;
  }
  const old = beyond ? undefined : blocks.get(node, index);
  const end = Math.max(old?.length ?? 0, start + part.length);
  charge(node, old?.length, end);
  const block = old ?? blocks.create(node, index, end);
  blocks.lengthen(block, end);
  block.data.set(part, start);
}

/** For a block that had `old` bytes, undefined when there was none, and gets `length`. */
function charge(node: Node, old: number | undefined, length: number): void {
  const price = length - (old ?? -BLOCK_OVERHEAD_BYTES);
  if (price > 0) node.store.charge(price);
  node.bytes += price;
  node.touch();
}
function refund(node: Node, price: number): void {
  node.bytes -= price;
  node.store.usage.refund(price);
  node.touch();
}

/** @throws FsError `fbig` */
export function truncateData(node: Node, size: number): void {
  if (size > FILE_BYTES_MAX) throw new FsError("fbig", `a file has at most ${FILE_BYTES_MAX} bytes`);
  node.store.enter();
  if (size < node.size) cut(node, size);
  node.size = size;
  node.modified();
}

function cut(node: Node, size: number): void {
  const { blocks, tables } = node.store;
  const last = blockOf(size);
  const inLast = size % BLOCK_BYTES;
  const firstGone = inLast === 0 ? last : last + 1;
  // Everything that can fail comes first.
  let edge: Block | undefined;
  if (inLast > 0) edge = blocks.get(node, last);
  let gone = node.bytes;
  if (size > 0) {
    // With the rows as they should be, they tell what goes.
    blocks.flush(node);
    gone = firstGone > BLOCK_INDEX_MAX ? 0 : tables.chargedBytes(node.ino, firstGone, BLOCK_INDEX_MAX);
  }
  if (gone > 0 && node.blocksStored) tables.removeBlocks(node.ino, firstGone, BLOCK_INDEX_MAX);
  refund(node, gone);
  for (const block of [...node.blocks.values()]) if (block.index >= firstGone) blocks.drop(block);
  if (edge !== undefined && edge.length > inLast) {
    refund(node, edge.length - inLast);
    blocks.shorten(edge, inLast);
  }
}

/** Blocks that are made in one go before the host's event loop gets a turn. */
const ALLOCATE_SLICE = 64;

/** Takes the storage for [offset, offset + length) and makes the file reach there, or changes nothing. `length` is positive. @throws FsError */
export function allocateData(node: Node, offset: number, length: number): MaybeAsync<void> {
  const { store } = node;
  const end = offset + length;
  // The range is the guest's claim; it is priced before any loop over it.
  if (length - node.bytes > store.usage.leftBytes) store.reaper.finish();
  if (length - node.bytes > store.usage.leftBytes) throw new FsError("nospc");
  if (end > FILE_BYTES_MAX) throw new FsError("fbig", `a file has at most ${FILE_BYTES_MAX} bytes`);
  store.enter();
  store.blocks.flush(node);
  const first = blockOf(offset);
  const last = blockOf(end - 1);
  const count = last - first + 1;
  const present = node.bytes === 0 ? 0 : store.tables.chargedBytes(node.ino, first, last);
  const price = count * (BLOCK_BYTES + BLOCK_OVERHEAD_BYTES) - present;
  store.charge(price);
  // It fits; what is made is charged block by block.
  store.usage.refund(price);
  const before = node.size;
  // First, since no block may lie behind the end of its file.
  reach(node, end);
  if (count > ALLOCATE_SLICE) return fillSlowly(node, first, last, end, before);
  try {
    for (let index = first; index <= last; index++) fill(node, index, end);
  } catch (error) {
    undo(node, before);
    throw error;
  }
}

/** Holds the node meanwhile, since its handle may be closed. */
async function fillSlowly(node: Node, first: number, last: number, end: number, before: number): Promise<void> {
  node.opened();
  try {
    for (let index = first; index <= last; index++) {
      if ((index - first) % ALLOCATE_SLICE === ALLOCATE_SLICE - 1) {
        await new Promise((turn) => setImmediate(turn));
        // Cut by somebody else meanwhile: there is nothing to fill any more.
        if (node.size < end) return;
        node.store.enterWrite();
      }
      fill(node, index, end);
    }
  } catch (error) {
    if (node.size === end) undo(node, before);
    throw error;
  } finally {
    node.closed();
  }
}

/** Gives the file its old size back, if the database lets it. */
function undo(node: Node, size: number): void {
  try {
    if (size < node.size) truncateData(node, size);
  } catch (error) {
    if (!(error instanceof FsError)) throw error;
  }
}

/** Makes the bytes of block `index` exist up to `end`. */
function fill(node: Node, index: number, end: number): void {
  const { store } = node;
  const wanted = Math.min(BLOCK_BYTES, end - index * BLOCK_BYTES);
  const old = node.blocksStored || store.blocks.cached(node, index) !== undefined ? store.blocks.get(node, index) : undefined;
  if (old !== undefined && old.length >= wanted) return;
  if (old === undefined && wanted === BLOCK_BYTES) {
    charge(node, undefined, BLOCK_BYTES);
    store.tables.writeBlock(node.ino, index, new Uint8Array(BLOCK_BYTES));
    node.blocksStored = true;
  } else {
    charge(node, old?.length, wanted);
    store.blocks.lengthen(old ?? store.blocks.create(node, index, wanted), wanted);
  }
  store.written(wanted);
}

function reach(node: Node, end: number): void {
  node.size = Math.max(node.size, end);
  node.modified();
}
