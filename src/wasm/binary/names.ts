/**
 * The name section: what the guest's authors called the module and its functions.
 *
 * A custom section is only a claim and never makes decoding fail. Damaged parts are passed over:
 * a subsection that goes on after its section ends the walk, a damaged entry ends its map, and a
 * name that is no UTF-8 counts as missing. Function names are located once and decoded one by one
 * when somebody asks.
 *
 * Spec: core appendix/custom, Name Section.
 */
import { decodeUtf8 } from "#base";
import { ByteReader } from "./byte-reader.ts";
import { DecodeError } from "./decode-error.ts";
import type { ByteRange, DecodedModule } from "./module.ts";

const MODULE_NAME = 0;
const FUNCTION_NAMES = 1;

/** What the name section calls the module and its functions. Spec: core appendix/custom, Name Section. */
export interface ModuleNames {
  readonly moduleName: string | undefined;
  /** By function index, imports first. Names are the guest's words: not unique, maybe unprintable. */
  funcName(index: number): string | undefined;
}

/** What the names are read from: a module, or the part of it that is kept. */
export type NameSource = Pick<DecodedModule, "bytes" | "customs"> & { readonly funcs: { readonly length: number } };

/** Reads the first name section. Never throws. */
export function decodeNames(module: NameSource): ModuleNames {
  const section = module.customs.find(({ name }) => name === "name");
  return new NameSection(module.bytes, section?.range, module.funcs.length);
}

class NameSection implements ModuleNames {
  readonly #bytes: Uint8Array;
  readonly #count: number;
  #moduleName: string | undefined = undefined;
  #functionNames: ByteRange | undefined = undefined;
  /** By function index: offset of its name's length, or 0. Made when the first name is wanted. */
  #offsets: Uint32Array | undefined = undefined;

  constructor(bytes: Uint8Array, range: ByteRange | undefined, funcCount: number) {
    this.#bytes = bytes;
    this.#count = funcCount;
    if (range !== undefined) whileWhole(() => this.#walk(range));
  }

  get moduleName(): string | undefined {
    return this.#moduleName;
  }

  funcName(index: number): string | undefined {
    this.#offsets ??= this.#locate();
    const offset = this.#offsets[index];
    if (offset === undefined || offset === 0) return undefined;
    return this.#nameAt(new ByteReader(this.#bytes, offset, this.#functionNames?.end));
  }

  #walk({ start, end }: ByteRange): void {
    const reader = new ByteReader(this.#bytes, start, end);
    while (reader.left > 0) {
      const id = reader.u8();
      const size = reader.u32();
      const at = reader.range(size);
      const part = { start: at, end: at + size };
      if (id === MODULE_NAME) this.#moduleName ??= this.#nameAt(new ByteReader(this.#bytes, part.start, part.end));
      else if (id === FUNCTION_NAMES) this.#functionNames ??= part;
    }
  }

  #locate(): Uint32Array {
    const offsets = new Uint32Array(this.#functionNames === undefined ? 0 : this.#count);
    const part = this.#functionNames;
    if (part === undefined) return offsets;
    whileWhole(() => {
      const reader = new ByteReader(this.#bytes, part.start, part.end);
      for (let left = reader.u32(); left > 0; left--) {
        const index = reader.u32();
        const offset = reader.pos;
        reader.range(reader.u32());
        if (index < offsets.length && offsets[index] === 0) offsets[index] = offset;
      }
    });
    return offsets;
  }

  #nameAt(reader: ByteReader): string | undefined {
    let name: string | undefined;
    whileWhole(() => {
      const length = reader.u32();
      const start = reader.range(length);
      name = decodeUtf8(this.#bytes, start, start + length);
    });
    return name;
  }
}

/** Runs `read` up to the first damaged byte. */
function whileWhole(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
  }
}
