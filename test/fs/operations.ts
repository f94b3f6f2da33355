/** Random operations that shrink, out of few names, so that they meet each other. */
import fc from "fast-check";
import type { Follow } from "#fs";
import { CREATE } from "./side.ts";
import type { Operation } from "./side.ts";

const NAMES = ["a", "b", "c"];
const component = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...NAMES) }, { weight: 1, arbitrary: fc.constantFrom(".", "..") });
const path = fc.tuple(fc.array(component, { minLength: 1, maxLength: 4 }), fc.constantFrom("", "", "", "", "/")).map(([parts, end]) => parts.join("/") + end);
const target = fc.constantFrom("a", "b", "c", "../a", "../b", "b/c", "a/b/c", "..", ".", "c/", "/a", "nowhere");
const follow = fc.constantFrom<Follow>("never", "slash", "always");
const slot = fc.nat(5);
const offset = fc.oneof(fc.nat(20), fc.constantFrom(65_535, 65_536, 200_000));
const data = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constantFrom(70_000, 140_000).map((length) => new Uint8Array(length).fill(7)));
const options = fc.record({ read: fc.boolean(), write: fc.boolean(), create: fc.boolean(), exclusive: fc.boolean(), truncate: fc.boolean() });

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("mkdir" as const), path, follow }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("rmdir" as const, "unlink" as const, "readlink" as const, "stat" as const, "list" as const, "hold" as const), path, follow }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("symlink" as const), path, target }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("link" as const, "rename" as const, "rename" as const), path, to: path }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("open" as const), path, follow, options: fc.oneof(options, fc.constant(CREATE)), directory: fc.nat(3).map((one) => one === 0) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("read" as const, "truncate" as const, "allocate" as const), slot, offset }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("write" as const, "append" as const), slot, offset, data }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("base" as const), slot }) },
);
