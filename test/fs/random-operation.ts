/** One random operation, cheaply: for long runs, in which nothing shrinks. */
import type { Random } from "../../fuzz/random.ts";
import { CREATE } from "./side.ts";
import type { Operation } from "./side.ts";

const NAMES = ["a", "b", "c"] as const;
const TARGETS = ["a", "b/c", "../a", "..", "/a", "nowhere"] as const;
const OFFSETS = [0, 1, 17, 4096, 65_535, 65_536, 100_000, 200_000] as const;
const LENGTHS = [1, 7, 100, 5000, 65_536, 70_000] as const;

function path(random: Random): string {
  const parts: string[] = [];
  do parts.push(random.pick(NAMES)); while (parts.length < 4 && random.below(2) === 0);
  return parts.join("/");
}

function data(random: Random): Uint8Array {
  const bytes = new Uint8Array(random.pick(LENGTHS));
  const value = random.next();
  for (let index = 0; index < bytes.length; index++) bytes[index] = value >>> (8 * (index & 3));
  return bytes;
}

/** Mostly of a kind that changes something. */
export function randomOperation(random: Random): Operation {
  const follow = "always";
  switch (random.below(12)) {
    case 0: return { do: "mkdir", path: path(random), follow };
    case 1: return { do: "rmdir", path: path(random), follow };
    case 2: return { do: "unlink", path: path(random), follow };
    case 3: return { do: "symlink", path: path(random), target: random.pick(TARGETS) };
    case 4: return { do: "link", path: path(random), to: path(random) };
    case 5:
    case 6: return { do: "rename", path: path(random), to: path(random) };
    case 7: return { do: "open", path: path(random), follow, options: { ...CREATE, truncate: random.below(4) === 0 }, directory: false };
    case 8: return { do: "append", slot: random.below(3), offset: 0, data: data(random) };
    case 9: return { do: "truncate", slot: random.below(3), offset: random.pick(OFFSETS) };
    case 10: return random.below(4) === 0 ? { do: "allocate", slot: random.below(3), offset: random.pick(OFFSETS) } : { do: "hold", path: path(random), follow };
    default: return { do: "write", slot: random.below(3), offset: random.pick(OFFSETS), data: data(random) };
  }
}
