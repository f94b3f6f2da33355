/**
 * Listing a directory of the host with cookies that mean something without memory of ours.
 *
 * The host's own positions cannot be had from Node, so entries are listed in the order of a hash
 * of their names and the cookie is that hash (names of equal hash are told apart by a rank). A
 * cookie therefore is good for ever: other entries may come and go, the handle may be another,
 * and what is cached may be dropped at any time.
 *
 * A reading of the directory keeps the next `WINDOW_NAMES` names; a larger directory is read again
 * for each window. All windows of a file system share `CACHE_NAMES`, and the one that was filled
 * longest ago is dropped first. Cookie 0 always reads anew.
 *
 * Names that are not UTF-8 are left out: they cannot be said in the strings that programs use, so
 * listing them under a replacement would offer names that cannot be opened.
 */
import { opendirSync } from "node:fs";

const WINDOW_NAMES = 16_384;
const CACHE_NAMES = 262_144;
/** Room for ranks in a cookie. Of more names with one hash, which only malice can find, the rest is not listed. */
const RANKS = 1024;

export interface ListedName {
  readonly name: string;
  readonly cookie: bigint;
}
interface Hashed {
  readonly name: string;
  readonly hash: number;
}

/** 50 bits of hash: two multiplicative lanes over the UTF-16 units, each mixed at the end. */
export function hashName(name: string): number {
  let low = 0x2545f491;
  let high = 0x9e3779b9 | 0;
  for (let index = 0; index < name.length; index++) {
    const unit = name.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul((high << 5) ^ (high >>> 27) ^ unit, 0x85ebca6b);
  }
  low = Math.imul(low ^ (low >>> 15) ^ high, 0xc2b2ae35);
  high = Math.imul(high ^ (high >>> 13) ^ low, 0x27d4eb2f);
  return ((high ^ (high >>> 16)) >>> 14) * 2 ** 32 + ((low ^ (low >>> 16)) >>> 0);
}

/** What the windows of one file system take together. */
export class ListingCache {
  readonly #filled = new Set<Listing>();
  #names = 0;

  /** `listing` now holds `names`; older ones give way. */
  admit(listing: Listing, names: number): void {
    this.#filled.add(listing);
    this.#names += names;
    for (const oldest of this.#filled) {
      if (this.#names <= CACHE_NAMES) return;
      if (oldest !== listing) oldest.drop();
    }
  }
  forget(listing: Listing, names: number): void {
    if (this.#filled.delete(listing)) this.#names -= names;
  }
}

/** The window of one open directory. */
export class Listing {
  readonly #cache: ListingCache;
  readonly #capacity: number;
  /** Ascending by cookie: all names after `#after`, up to the last one here or, when `#toEnd`, to the end. */
  #window: readonly ListedName[] | undefined;
  #after = 0n;
  #toEnd = false;

  constructor(cache: ListingCache, capacity = WINDOW_NAMES) {
    this.#cache = cache;
    this.#capacity = capacity;
  }

  /** Names after `cookie` as far as they are at hand, at least one unless the end is reached. `path` is the directory. */
  after(cookie: bigint, path: () => string): readonly ListedName[] {
    if (cookie === 0n || this.#window === undefined || cookie < this.#after) this.#fill(cookie, path());
    let found = this.#cut(cookie);
    if (found.length === 0 && !this.#toEnd) {
      this.#fill(cookie, path());
      found = this.#cut(cookie);
    }
    return found;
  }

  drop(): void {
    if (this.#window === undefined) return;
    this.#cache.forget(this, this.#window.length);
    this.#window = undefined;
  }

  #cut(cookie: bigint): readonly ListedName[] {
    const window = this.#window ?? [];
    let low = 0;
    let high = window.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (window[middle]!.cookie <= cookie) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? window : window.slice(low);
  }

  #fill(cookie: bigint, path: string): void {
    this.drop();
    const from = Number(cookie / BigInt(RANKS));
    // Names that hash like the cookie's own; which of them come after it, their ranks tell.
    let edge: Hashed[] = [];
    let names: Hashed[] = [];
    let bound = Infinity;
    for (const name of readNames(path)) {
      const hash = hashName(name);
      if (hash < from || hash > bound) continue;
      if (hash === from) {
        edge.push({ name, hash });
        if (edge.length > 2 * RANKS) edge = smallest(edge, RANKS);
        continue;
      }
      names.push({ name, hash });
      // Dropping half at a time keeps the sorting cheap, whatever the names.
      if (names.length > 2 * this.#capacity) {
        names = smallest(names, this.#capacity);
        bound = names[names.length - 1]!.hash;
      }
    }
    const window: ListedName[] = [];
    let last = -1;
    let rank = 0;
    for (const { name, hash } of [...smallest(edge, RANKS), ...smallest(names, names.length)]) {
      rank = hash === last ? rank + 1 : 1;
      last = hash;
      const own = BigInt(hash) * BigInt(RANKS) + BigInt(rank);
      if (rank < RANKS && own > cookie) window.push({ name, cookie: own });
    }
    this.#window = window;
    this.#after = cookie;
    this.#toEnd = bound === Infinity;
    this.#cache.admit(this, window.length);
  }
}

/** The first `count` by hash and name. */
function smallest(names: Hashed[], count: number): Hashed[] {
  names.sort((one, two) => one.hash - two.hash || (one.name < two.name ? -1 : 1));
  return names.length > count ? names.slice(0, count) : names;
}

function* readNames(path: string): Generator<string> {
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const stream = opendirSync(path, { encoding: "buffer" as BufferEncoding, bufferSize: 512 });
  try {
    for (let entry = stream.readSync(); entry !== null; entry = stream.readSync()) {
      const raw: unknown = entry.name;
      if (!(raw instanceof Uint8Array)) continue;
      let name: string;
      try {
        name = utf8.decode(raw);
      } catch {
        continue;
      }
      yield name;
    }
  } finally {
    stream.closeSync();
  }
}
