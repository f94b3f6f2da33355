/**
 * A file system around another that counts open handles, can fail at the n-th operation, and can
 * answer every call later. For tests of what stands above file systems.
 */
import { FsError } from "#fs";
import type { Directory, File, FileSystem, MaybeAsync } from "#fs";

export class CountingFileSystem implements FileSystem {
  readonly name = "counting";
  readonly readOnly = false;
  readonly #inner: FileSystem;
  /** What our handles stand for. */
  readonly #behind = new WeakMap<object, Directory | File>();
  /** Handles open now. */
  open = 0;
  opens = 0;
  /** Operations until one fails; negative: never. */
  failIn = -1;
  /** Whether every answer is a promise. */
  later = false;

  constructor(inner: FileSystem) {
    this.#inner = inner;
  }

  root(): MaybeAsync<Directory> {
    return this.#wrap(this.#inner.root()) as MaybeAsync<Directory>;
  }

  #step<T>(act: () => MaybeAsync<T>): MaybeAsync<T> {
    if (this.failIn === 0) {
      this.failIn = -1;
      if (this.later) return Promise.reject(new FsError("io", "injected"));
      throw new FsError("io", "injected");
    }
    if (this.failIn > 0) this.failIn--;
    if (!this.later) return act();
    return new Promise((done) => setImmediate(done)).then(act);
  }

  #wrap(handle: MaybeAsync<Directory | File>): MaybeAsync<Directory | File> {
    if (handle instanceof Promise) return handle.then((ready) => this.#wrap(ready));
    this.open++;
    this.opens++;
    let closed = false;
    const opening = new Set<PropertyKey>(["openDirectory", "openFile", "reopen"]);
    const counted = new Proxy(handle, {
      get: (target, key) => {
        if (key === "kind") return target.kind;
        if (key === "fs") return this;
        if (key === "close") {
          return () => {
            if (closed) throw new Error("closed twice");
            closed = true;
            this.open--;
            target.close();
          };
        }
        const method: unknown = Reflect.get(target, key, target);
        if (typeof method !== "function") return method;
        return (...args: unknown[]) => {
          if (closed) throw new Error(`${String(key)} on a closed handle`);
          // All other members are methods of the interface.
          const inner = args.map((arg) => (typeof arg === "object" && arg !== null ? (this.#behind.get(arg) ?? arg) : arg));
          const act = (): MaybeAsync<unknown> => Reflect.apply(method, target, inner) as MaybeAsync<unknown>;
          return opening.has(key) ? this.#step(() => this.#wrap(act() as MaybeAsync<Directory | File>)) : this.#step(act);
        };
      },
    });
    this.#behind.set(counted, handle);
    return counted;
  }
}
