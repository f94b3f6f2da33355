/**
 * All that a portable layer (base, wasm, kernel, abi, fs, net, os) may use of its host besides
 * ECMAScript 2024 and explicit resource management. A name that is not here does not exist for
 * the portable type check: no clock, no entropy, no console, no timers, no network. Those
 * come in through the machine interface of the kernel.
 *
 * Each declaration is a subset of what Node and browsers have, because the same files are
 * checked again with Node's own types. To add a name is to give host power to the whole system.
 *
 * Spec: WHATWG Encoding, Infra (forgiving-base64), Streams, DOM (aborting), HTML (queueMicrotask).
 */

// WebAssembly, all of it
/// <reference path="./webassembly.d.ts" />

// Text
interface TextEncoder {
  readonly encoding: string;
  encode(input?: string): Uint8Array<ArrayBuffer>;
  /** `read` counts UTF-16 code units, `written` bytes; never splits a character. */
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}
declare var TextEncoder: { readonly prototype: TextEncoder; new (): TextEncoder };

interface TextDecoder {
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  /** Throws TypeError on malformed input when `fatal`. */
  decode(input?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}
declare var TextDecoder: {
  readonly prototype: TextDecoder;
  new (label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder;
};

/** The bytes of a text in base64, one in each character; white space is passed over. */
declare function atob(data: string): string;

// Errors: V8's control over stack capture
interface ErrorConstructor {
  stackTraceLimit: number;
  captureStackTrace(target: object, below?: (...args: never[]) => unknown): void;
}

// Microtasks
declare function queueMicrotask(callback: () => void): void;

// Cancelling, and streams of bytes at the border of the public API
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

interface QueuingStrategy<T> {
  highWaterMark?: number;
  size?: (chunk: T) => number;
}

interface ReadableStreamDefaultController<R> {
  /** Room left before the queue is full; `null` after an error. */
  readonly desiredSize: number | null;
  enqueue(chunk: R): void;
  close(): void;
  error(reason?: unknown): void;
}
interface UnderlyingDefaultSource<R> {
  start?: (controller: ReadableStreamDefaultController<R>) => void | PromiseLike<void>;
  pull?: (controller: ReadableStreamDefaultController<R>) => void | PromiseLike<void>;
  cancel?: (reason?: unknown) => void | PromiseLike<void>;
}
type ReadableStreamReadResult<R> = { done: false; value: R } | { done: true; value?: R | undefined };
interface ReadableStreamDefaultReader<R> {
  readonly closed: Promise<unknown>;
  read(): Promise<ReadableStreamReadResult<R>>;
  cancel(reason?: unknown): Promise<void>;
  releaseLock(): void;
}
interface ReadableStream<R> {
  readonly locked: boolean;
  getReader(): ReadableStreamDefaultReader<R>;
  cancel(reason?: unknown): Promise<void>;
  pipeTo(to: WritableStream<R>, options?: { preventClose?: boolean; preventAbort?: boolean; preventCancel?: boolean }): Promise<void>;
  tee(): [ReadableStream<R>, ReadableStream<R>];
  [Symbol.asyncIterator](): AsyncIterator<R>;
}
declare var ReadableStream: {
  readonly prototype: ReadableStream<unknown>;
  new <R>(source: UnderlyingDefaultSource<R>, strategy?: QueuingStrategy<R>): ReadableStream<R>;
};

interface WritableStreamDefaultController {
  readonly signal: AbortSignal;
  error(reason?: unknown): void;
}
interface UnderlyingSink<W> {
  start?: (controller: WritableStreamDefaultController) => void | PromiseLike<void>;
  write?: (chunk: W, controller: WritableStreamDefaultController) => void | PromiseLike<void>;
  close?: () => void | PromiseLike<void>;
  abort?: (reason?: unknown) => void | PromiseLike<void>;
}
interface WritableStreamDefaultWriter<W> {
  readonly closed: Promise<unknown>;
  readonly desiredSize: number | null;
  readonly ready: Promise<unknown>;
  write(chunk: W): Promise<void>;
  close(): Promise<void>;
  abort(reason?: unknown): Promise<void>;
  releaseLock(): void;
}
interface WritableStream<W> {
  readonly locked: boolean;
  getWriter(): WritableStreamDefaultWriter<W>;
  abort(reason?: unknown): Promise<void>;
  close(): Promise<void>;
}
declare var WritableStream: {
  readonly prototype: WritableStream<unknown>;
  new <W>(sink: UnderlyingSink<W>, strategy?: QueuingStrategy<W>): WritableStream<W>;
};
