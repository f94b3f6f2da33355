/**
 * Cookies of one open directory, small enough for guests that keep them in 32 bits.
 *
 * `telldir` of a 32-bit C library gives a `long`, and `seekdir` extends its sign, so a cookie of
 * 2^31 or more does not come back as it went. File systems may use all 64 bits. Their cookies
 * below `SMALL` pass unchanged; larger ones are numbered from `SMALL` on as they are met, and keep
 * their number as long as the directory is open. The table is bounded, since a guest can open
 * directories as large as it likes: past `NUMBERED_MAX` a large cookie passes as it is, which is
 * all that reading on needs.
 */
const SMALL = 1n << 30n;
export const NUMBERED_MAX = 4096;

export class DirectoryCookies {
  readonly #large: bigint[] = [];
  readonly #numbers = new Map<bigint, bigint>();

  /** What the guest is given for a cookie of the file system. */
  toGuest(cookie: bigint): bigint {
    if (cookie < SMALL) return cookie;
    let number = this.#numbers.get(cookie);
    if (number === undefined) {
      if (this.#large.length === NUMBERED_MAX) return cookie;
      number = SMALL + BigInt(this.#large.length);
      this.#large.push(cookie);
      this.#numbers.set(cookie, number);
    }
    return number;
  }

  /** The cookie of the file system for what a guest gave back; anything that was never given passes as it is. */
  fromGuest(claimed: bigint): bigint {
    const index = claimed - SMALL;
    return index < 0n || index >= BigInt(this.#large.length) ? claimed : this.#large[Number(index)]!;
  }
}
