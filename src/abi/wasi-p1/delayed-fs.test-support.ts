/** A file system that answers everything late: the same operations as the one behind it, each by a promise. */
import type { Directory, File } from "#fs";

const inner = new WeakMap<object, object>();

function isNode(value: unknown): value is Directory | File {
  return typeof value === "object" && value !== null && "kind" in value && (value.kind === "file" || value.kind === "directory");
}

/** `node`, whose methods (but for `close`) give promises, as do those of all that is opened from it. */
export function delayed<T extends Directory | File>(node: T): T {
  const late: T = new Proxy(node, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== "function") return member;
      if (key === "close") return () => target.close();
      return async (...args: readonly unknown[]) => {
        await new Promise<void>((resolve) => queueMicrotask(resolve));
        const plain = args.map((arg) => (typeof arg === "object" && arg !== null ? (inner.get(arg) ?? arg) : arg));
        const result: unknown = await (Reflect.apply(member, target, plain) as unknown);
        return isNode(result) ? delayed(result) : result;
      };
    },
  });
  inner.set(late, node);
  return late;
}
