/**
 * Modules whose size is the attack: as large in one respect as the format or the host allows.
 *
 * They are written into buffers directly, since as trees they would not fit.
 */
import { s64, u32 } from "./generate/encode.ts";

type Bytes = Uint8Array<ArrayBuffer>;

class Buffer {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  put(...bytes: readonly number[]): this {
    return this.all(bytes);
  }
  all(bytes: ArrayLike<number>): this {
    if (this.#length + bytes.length > this.#bytes.length) {
      const wider = new Uint8Array(2 * (this.#length + bytes.length));
      wider.set(this.#bytes);
      this.#bytes = wider;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }
  times(count: number, item: (index: number) => ArrayLike<number>): this {
    for (let index = 0; index < count; index++) this.all(item(index));
    return this;
  }
  section(id: number, contents: Buffer): this {
    return this.put(id, ...u32(contents.#length)).all(contents.view());
  }
  body(code: Buffer): this {
    return this.all(u32(code.#length)).all(code.view());
  }
  view(): Bytes {
    return this.#bytes.slice(0, this.#length);
  }
}

const buffer = (): Buffer => new Buffer();
const vector = (count: number): Buffer => buffer().all(u32(count));
const module = (): Buffer => buffer().put(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
/** Types: `[] -> []` and `[i32] -> []`. */
const types = (): Buffer => buffer().put(2, 0x60, 0, 0, 0x60, 1, 0x7f, 0);

function oneFunction(type: number, code: Buffer): Bytes {
  return module().section(1, types()).section(3, buffer().put(1, type)).section(10, buffer().put(1).body(code)).view();
}

/** `count` functions that call each other in a ring, and all through a table. */
function manyFunctions(count: number): Bytes {
  return module()
    .section(1, types())
    .section(3, vector(count).times(count, () => [0]))
    .section(4, buffer().put(1, 0x70, 0).all(u32(count)))
    .section(9, buffer().put(1, 0, 0x41, 0, 0x0b).all(u32(count)).times(count, u32))
    .section(10, vector(count).times(count, (index) => {
      const code = [0, 0x10, ...u32((index + 1) % count), 0x10, ...u32(index), 0x41, 0, 0x11, 0, 0, 0x0b];
      return [...u32(code.length), ...code];
    }))
    .view();
}

/** Each of `count` functions calls the next two: two to the power of `count` paths. */
function doublingCalls(count: number): Bytes {
  return module()
    .section(1, types())
    .section(3, vector(count).times(count, () => [0]))
    .section(10, vector(count).times(count, (index) => {
      const next = Math.min(index + 1, count - 1), after = Math.min(index + 2, count - 1);
      const code = index === count - 1 ? [0, 0x0b] : [0, 0x10, ...u32(next), 0x10, ...u32(after), 0x10, ...u32(next), 0x0b];
      return [...u32(code.length), ...code];
    }))
    .view();
}

/** Every function type has address-taken functions, and every function calls through every type. */
function manyIndirectCalls(typeCount: number, funcCount: number): Bytes {
  const params = (index: number): number[] => Array.from({ length: 12 }, (_, bit) => ((index >> bit) & 1) === 0 ? 0x7f : 0x7e);
  return module()
    .section(1, vector(typeCount).times(typeCount, (index) => [0x60, 12, ...params(index), 0]))
    .section(3, vector(funcCount).times(funcCount, (index) => u32(index % typeCount)))
    .section(4, buffer().put(1, 0x70, 0).all(u32(funcCount)))
    .section(9, buffer().put(1, 0, 0x41, 0, 0x0b).all(u32(funcCount)).times(funcCount, u32))
    .section(10, vector(funcCount).times(funcCount, () => {
      const code = buffer().put(0).times(typeCount, (type) => [...params(type).flatMap((kind) => [kind === 0x7f ? 0x41 : 0x42, 0]), 0x41, 0, 0x11, ...u32(type), 0]).put(0x0b).view();
      return [...u32(code.length), ...code];
    }))
    .view();
}

function repeated(count: number, item: readonly number[], type = 1): Bytes {
  return oneFunction(type, buffer().put(0).times(count, () => item).put(0x0b));
}

/** `count` openers, one inside another, with their ends. */
function nested(count: number, opener: readonly number[], inside: readonly number[] = []): Bytes {
  return oneFunction(1, buffer().put(0).times(count, () => opener).all(inside).times(count, () => [0x0b]).put(0x0b));
}

function labelTables(tables: number, labels: number): Bytes {
  const table = buffer().put(0x03, 0x40, 0x02, 0x40, 0x20, 0, 0x0e).all(u32(labels)).times(labels, (index) => [index & 1]).put(0, 0x0b, 0x0b).view();
  return repeated(tables, [...table]);
}

/** Type `i` is a structure that refers to type `i - 1`; in one group or in as many as types. */
function typeChain(count: number, grouped: boolean): Bytes {
  const items = (index: number): number[] => [0x5f, 1, 0x63, ...s64(BigInt(Math.max(0, index - 1))), 1];
  const contents = grouped ? buffer().put(1, 0x4e).all(u32(count)) : vector(count);
  return module().section(1, contents.times(count, items)).view();
}

/** Each type is a subtype of the one before, as deep as hosts allow, `count` times over. */
function subtypeTowers(count: number, height: number): Bytes {
  return module().section(1, vector(count * height).times(count * height, (index) => (index % height === 0 ? [0x50, 0, 0x5f, 0] : [0x50, 1, ...u32(index - 1), 0x5f, 0]))).view();
}

/** Types without names for each other, each with a thousand parameters. */
function wideTypes(count: number): Bytes {
  const params = Array.from({ length: 1000 }, (_, index) => (index % 3 === 0 ? 0x7f : 0x7e));
  return module().section(1, vector(count).times(count, () => [0x60, ...u32(1000), ...params, 0])).view();
}

function definitions(section: number, count: number, item: readonly number[]): Bytes {
  return module().section(section, vector(count).times(count, () => item)).view();
}

/** `count` exports of one function, with names that look like the translator's. */
function manyExports(count: number): Bytes {
  const exports = vector(count).times(count, (index) => {
    const name = [...new TextEncoder().encode(`$isola${index}`)];
    return [...u32(name.length), ...name, 0, 0];
  });
  return module().section(1, types()).section(3, buffer().put(1, 0)).section(7, exports).section(10, buffer().put(1, 2, 0, 0x0b)).view();
}

/** `count` active segments of the first kind, in a table that is imported. */
function manySegments(count: number): Bytes {
  return module()
    .section(1, types())
    .section(2, buffer().put(1, 1, 0x61, 1, 0x62, 1, 0x70, 0, 1))
    .section(3, buffer().put(1, 0))
    .section(9, vector(count).times(count, () => [0, 0x41, 0, 0x0b, 1, 0]))
    .section(10, buffer().put(1, 2, 0, 0x0b))
    .view();
}

const LOOP = [0x03, 0x40, 0x20, 0, 0x0d, 0, 0x0b];
const GROW = [0x41, 0, 0x40, 0, 0x1a];

export interface Hostile {
  readonly name: string;
  /** Within the host's limits, so that it must be accepted. */
  readonly accepted: boolean;
  make(): Bytes;
}

const hostile = (name: string, accepted: boolean, make: () => Bytes): Hostile => ({ name, accepted, make });

export const HOSTILE_MODULES: readonly Hostile[] = [
  hostile("100,000 functions that call each other", true, () => manyFunctions(100_000)),
  hostile("1,000,001 functions", false, () => manyFunctions(1_000_001)),
  hostile("1,000 functions that each call the next two", true, () => doublingCalls(1000)),
  hostile("300 types called from 300 functions", true, () => manyIndirectCalls(300, 300)),
  hostile("49,000 locals in one run", true, () => oneFunction(0, buffer().put(1).all(u32(49_000)).put(0x7f, 0x0b))),
  hostile("50,000 locals in as many runs", true, () => oneFunction(0, buffer().all(u32(50_000)).times(50_000, () => [1, 0x7f]).put(0x0b))),
  hostile("4,294,967,295 locals", false, () => oneFunction(0, buffer().put(1).all(u32(0xffff_ffff)).put(0x7f, 0x0b))),
  hostile("a function of 10 MB", false, () => repeated(10_000_000, [0x01])),
  hostile("a function of 7.5 MB", true, () => repeated(7_500_000, [0x01])),
  hostile("100,000 loops in one function", true, () => repeated(100_000, LOOP)),
  hostile("1,000,000 loops in one function", true, () => repeated(1_000_000, LOOP)),
  hostile("200,000 calls of itself in one function", true, () => oneFunction(0, buffer().put(0).times(200_000, () => [0x10, 0]).put(0x0b))),
  hostile("100,000 growths in one function", true, () => module().section(1, types()).section(3, buffer().put(1, 0)).section(5, buffer().put(1, 1, 1, 2))
    .section(10, buffer().put(1).body(buffer().put(0).times(100_000, () => GROW).put(0x0b))).view()),
  hostile("100,000 nested blocks", true, () => nested(100_000, [0x02, 0x40])),
  hostile("100,000 nested loops, each left from the innermost", true, () => nested(100_000, [0x03, 0x40], [0x20, 0, 0x0d, ...u32(99_999)])),
  hostile("50,000 nested loops, each with a branch", true, () => oneFunction(1, buffer().put(0).times(50_000, () => [0x03, 0x40]).times(50_000, () => [0x20, 0, 0x0d, 0, 0x0b]).put(0x0b))),
  hostile("30,000 nested handlers", true, () => nested(30_000, [0x1f, 0x40, 1, 2, 0])),
  hostile("20 tables of 60,000 labels", true, () => labelTables(20, 60_000)),
  hostile("a table of 4,000,000,000 labels", false, () => oneFunction(1, buffer().put(0, 0x20, 0, 0x0e).all(u32(4_000_000_000)).put(0, 0x0b))),
  hostile("100,000 types that refer to the one before", true, () => typeChain(100_000, false)),
  hostile("100,000 types in one group", true, () => typeChain(100_000, true)),
  hostile("1,500 towers of 60 subtypes", true, () => subtypeTowers(1500, 60)),
  hostile("3,000 equal types of 1,000 parameters", true, () => wideTypes(3000)),
  hostile("2,000,000 types", false, () => definitions(1, 2_000_000, [0x60, 0, 0])),
  hostile("50,000 memories", true, () => definitions(5, 50_000, [1, 0, 0])),
  hostile("90,000 tables", true, () => definitions(4, 90_000, [0x70, 0, 0])),
  hostile("400,000 globals", true, () => definitions(6, 400_000, [0x7f, 1, 0x41, 0, 0x0b])),
  hostile("1,000,001 globals", false, () => definitions(6, 1_000_001, [0x7f, 1, 0x41, 0, 0x0b])),
  hostile("900,000 exports", true, () => manyExports(900_000)),
  hostile("1,000,000 exports", false, () => manyExports(1_000_000)),
  hostile("50,000 active segments in an imported table", true, () => manySegments(50_000)),
];
