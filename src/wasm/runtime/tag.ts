/**
 * Tag: an exception tag of a store.
 *
 * Spec: core exec/runtime, Tag Instances; JS API, Tag.
 */
import type { FuncType, TagType } from "../types/externtype.ts";
import { funcRefType } from "./canonical-types.ts";
import type { Store } from "./store.ts";
import { StoreError } from "./store-errors.ts";
import { hostTypeName } from "./value.ts";

export class Tag {
  readonly kind = "tag";
  readonly store: Store;
  /** `type` is the canonical id of the functype. */
  readonly type: TagType;
  #raw: WebAssembly.Tag | undefined;

  /** For instantiation; others use `create` or an instance's exports. */
  constructor(store: Store, raw: WebAssembly.Tag, type: TagType) {
    this.store = store;
    this.type = type;
    this.#raw = raw;
  }

  /** A new tag whose exceptions carry `params`. @throws ValueError when the host cannot make it. */
  static create(store: Store, params: FuncType["params"]): Tag {
    store.alive();
    const { type } = funcRefType(store.engine.types, { kind: "func", params, results: [] });
    const raw = new WebAssembly.Tag({ parameters: params.map((param) => hostTypeName(param)) });
    return store.wrapped(raw, (made) => new Tag(store, made, { kind: "tag", type }));
  }

  /** The type, for linking. */
  get externType(): TagType {
    return this.type;
  }

  /** The host's object. @throws StoreError after the store was disposed of. */
  get raw(): WebAssembly.Tag {
    if (this.#raw === undefined) throw new StoreError("a tag");
    return this.#raw;
  }

  /** For `Store.dispose`: lets go of the host's object. */
  release(): void {
    this.#raw = undefined;
  }
}
