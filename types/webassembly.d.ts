/**
 * The host's WebAssembly JavaScript interface, as far as the project uses it: the namespace of
 * the specification with exceptions, 64-bit addresses, shared memories and promise integration.
 *
 * It stands in for the DOM library's version, which brings a whole browser along, types values
 * as `any` and knows neither 64-bit addresses nor promise integration. What the host
 * answers with a value of any type is `unknown` here, so every use has to check or cast.
 *
 * Spec: js-api; threads js-api; js-promise-integration; esm-integration is left out on purpose.
 */
declare namespace WebAssembly {
  /** Bytes of a module. The host copies them before it answers. */
  type Bytes = ArrayBufferLike | ArrayBufferView;
  type AddressType = "i32" | "i64";
  type ImportExportKind = "function" | "global" | "memory" | "table" | "tag";
  type RefType = "anyfunc" | "externref" | "anyref" | "eqref" | "i31ref" | "structref" | "arrayref";
  interface ValueTypeMap {
    i32: number;
    i64: bigint;
    f32: number;
    f64: number;
    v128: never;
    anyfunc: unknown;
    externref: unknown;
    anyref: unknown;
    eqref: unknown;
    i31ref: unknown;
    structref: unknown;
    arrayref: unknown;
    exnref: never;
  }
  type ValueType = keyof ValueTypeMap;

  /** A function that a module exports; arguments and results are converted by its functype. */
  type ExportedFunction = (...args: unknown[]) => unknown;
  type ExportValue = ExportedFunction | Global | Memory | Table | Tag;
  type Exports = Readonly<Record<string, ExportValue>>;
  type ModuleImports = Readonly<Record<string, unknown>>;
  type Imports = Readonly<Record<string, ModuleImports>>;

  interface Module {
    readonly [Symbol.toStringTag]: "WebAssembly.Module";
  }
  interface ModuleExportDescriptor {
    readonly name: string;
    readonly kind: ImportExportKind;
  }
  interface ModuleImportDescriptor {
    readonly module: string;
    readonly name: string;
    readonly kind: ImportExportKind;
  }
  var Module: {
    readonly prototype: Module;
    /** Compiles on the calling thread. */
    new (bytes: Bytes): Module;
    exports(module: Module): ModuleExportDescriptor[];
    imports(module: Module): ModuleImportDescriptor[];
    customSections(module: Module, name: string): ArrayBuffer[];
  };

  interface Instance {
    readonly exports: Exports;
  }
  var Instance: {
    readonly prototype: Instance;
    /** Runs the start function, if there is one, before it returns. */
    new (module: Module, imports?: Imports): Instance;
  };

  /** Sizes are in pages of 64 KiB; `bigint` exactly when `address` is "i64". `shared` needs `maximum`. */
  interface MemoryDescriptor {
    readonly initial: number | bigint;
    readonly maximum?: number | bigint;
    readonly shared?: boolean;
    readonly address?: AddressType;
  }
  interface Memory {
    /** Detached by a successful `grow`, unless it is shared. */
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    /** Answers the size before, in pages; throws RangeError when refused. */
    grow(delta: number): number;
    grow(delta: bigint): bigint;
    /** The same bytes as a buffer that follows `grow` instead of being detached; `maximum` must be given. */
    toResizableBuffer(): ArrayBuffer | SharedArrayBuffer;
    toFixedLengthBuffer(): ArrayBuffer | SharedArrayBuffer;
  }
  var Memory: {
    readonly prototype: Memory;
    new (descriptor: MemoryDescriptor): Memory;
  };

  /** Sizes are in elements; `bigint` exactly when `address` is "i64". */
  interface TableDescriptor {
    readonly element: RefType;
    readonly initial: number | bigint;
    readonly maximum?: number | bigint;
    readonly address?: AddressType;
  }
  interface Table {
    /** `bigint` when the table has 64-bit addresses. */
    readonly length: number | bigint;
    get(index: number | bigint): unknown;
    set(index: number | bigint, value?: unknown): void;
    /** Answers the length before; throws RangeError when refused. */
    grow(delta: number, value?: unknown): number;
    grow(delta: bigint, value?: unknown): bigint;
  }
  var Table: {
    readonly prototype: Table;
    new (descriptor: TableDescriptor, value?: unknown): Table;
  };

  interface GlobalDescriptor<T extends ValueType = ValueType> {
    readonly value: T;
    readonly mutable?: boolean;
  }
  interface Global<T extends ValueType = ValueType> {
    /** Setting throws TypeError when the global is immutable; v128 and exnref have no value outside wasm. */
    value: ValueTypeMap[T];
    valueOf(): ValueTypeMap[T];
  }
  var Global: {
    readonly prototype: Global;
    new <T extends ValueType>(descriptor: GlobalDescriptor<T>, value?: ValueTypeMap[T]): Global<T>;
  };

  interface Tag {
    readonly [Symbol.toStringTag]: "WebAssembly.Tag";
  }
  var Tag: {
    readonly prototype: Tag;
    new (type: { readonly parameters: readonly ValueType[] }): Tag;
  };
  /** The tag of values that JavaScript throws; its one parameter is an externref. */
  var JSTag: Tag;

  interface Exception {
    is(tag: Tag): boolean;
    getArg(tag: Tag, index: number): unknown;
    /** Only with `traceStack`. */
    readonly stack?: string | undefined;
  }
  var Exception: {
    readonly prototype: Exception;
    new (tag: Tag, payload: readonly unknown[], options?: { readonly traceStack?: boolean }): Exception;
  };

  interface CompileError extends Error {}
  var CompileError: { readonly prototype: CompileError; new (message?: string, options?: ErrorOptions): CompileError };
  interface LinkError extends Error {}
  var LinkError: { readonly prototype: LinkError; new (message?: string, options?: ErrorOptions): LinkError };
  /** A trap, when the host raised it. */
  interface RuntimeError extends Error {}
  var RuntimeError: { readonly prototype: RuntimeError; new (message?: string, options?: ErrorOptions): RuntimeError };

  /** Suspends the wasm stack above it while the promise that `func` returns is pending. Only of use as an import. */
  interface Suspending {
    readonly [Symbol.toStringTag]: "WebAssembly.Suspending";
  }
  var Suspending: {
    readonly prototype: Suspending;
    new (func: (...args: never[]) => unknown): Suspending;
  };
  /** A stack that should suspend could not: it has frames of the host on it, or was not started by `promising`. */
  interface SuspendError extends Error {}
  var SuspendError: { readonly prototype: SuspendError; new (message?: string, options?: ErrorOptions): SuspendError };
  /** `func`, an exported function, on a stack of its own. */
  function promising(func: ExportedFunction): (...args: unknown[]) => Promise<unknown>;

  function validate(bytes: Bytes): boolean;
  /** Compiles outside the calling thread where the host can. */
  function compile(bytes: Bytes): Promise<Module>;
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
  function instantiate(bytes: Bytes, imports?: Imports): Promise<{ readonly module: Module; readonly instance: Instance }>;
}
