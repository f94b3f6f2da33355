/**
 * Cookies of one open directory, small enough for guests that keep them in 32 bits.
 *
 * `telldir` of a 32-bit C library gives a `long`, and `seekdir` extends its sign, so a cookie of
 * 2^31 or more does not come back as it went. File systems may use all 64 bits. Their cookies
 * below `SMALL` pass unchanged; larger ones are numbered from `SMALL` on as they are met, and keep
 * their number as long as the directory is open. The tables are bounded, since a guest can open
 * directories as large as it likes, and as many: past `NUMBERED_MAX` in a directory, or `BUDGET` in a
 * process, a large cookie passes as it is, which is all that reading on needs.
 */
const SMALL = 1n << 30n;
export const NUMBERED_MAX = 4096;
/** Numbers in all directories of a process; each takes the host some 100 bytes. */
export const BUDGET = 4 * NUMBERED_MAX;

/** What the open directories of one process may still number. */
export class CookieBudget {
  left = BUDGET;
}

export class DirectoryCookies {
  readonly #budget: CookieBudget;
  #large: bigint[] = [];
  readonly #numbers = new Map<bigint, bigint>();

  constructor(budget: CookieBudget) {
    this.#budget = budget;
  }

  /** What the guest is given for a cookie of the file system. */
  toGuest(cookie: bigint): bigint {
    if (cookie < SMALL) return cookie;
    let number = this.#numbers.get(cookie);
    if (number === undefined) {
      if (this.#large.length === NUMBERED_MAX || this.#budget.left === 0) return cookie;
      this.#budget.left--;
      number = SMALL + BigInt(this.#large.length);
      this.#large.push(cookie);
      this.#numbers.set(cookie, number);
    }
    return number;
  }

  /** Forgets all numbers: the directory is closed. */
  clear(): void {
    this.#budget.left += this.#large.length;
    this.#large = [];
    this.#numbers.clear();
  }

  /** The cookie of the file system for what a guest gave back; anything that was never given passes as it is. */
  fromGuest(claimed: bigint): bigint {
    const index = claimed - SMALL;
    return index < 0n || index >= BigInt(this.#large.length) ? claimed : this.#large[Number(index)]!;
  }
}
