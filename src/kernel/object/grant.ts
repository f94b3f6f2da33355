/**
 * Where a handle came from: the tree of derivation, by which it can be taken back.
 *
 * A *grant* stands for one handle: in a table, in a queued message, or with the host. A
 * duplicate is a child of what it was made from; a handle that moves keeps its grant. `revoke` ends
 * all descendants of a grant, wherever they are, and leaves the grant itself (INV-2). When a
 * grant ends otherwise, its children become its parent's, which thereby keeps its hold on them.
 *
 * Most handles never get a grant: it is made when a handle is first duplicated or moved.
 * Walks use loops, since a program chooses how deep the tree is.
 */
import type { KernelObject } from "./handle-table.ts";
import type { Undertaker } from "./undertaker.ts";

/** Who has the handle. */
export interface GrantHolder {
  /** The grant was revoked and is out of its tree: let go of it and of the reference to its object. */
  revoked(grant: Grant): void;
}

export class Grant {
  readonly object: KernelObject;
  /** Only valid while no table holds the grant; the table keeps the rights then. */
  rights: number;
  /** Undefined while it is on its way from one to the next: revoked then, it lets go of the reference itself. */
  holder: GrantHolder | undefined = undefined;
  /** For a holder that is a table: which slot. */
  slot = -1;
  #revoked = false;
  #parent: Grant | undefined = undefined;
  #firstChild: Grant | undefined = undefined;
  #next: Grant | undefined = undefined;
  #prev: Grant | undefined = undefined;

  /** The holder has, and keeps, one reference to `object`. */
  constructor(object: KernelObject, rights: number) {
    this.object = object;
    this.rights = rights;
  }

  /** What stands where a grant on `object` was lost; it has no reference. */
  static lost(object: KernelObject): Grant {
    const grant = new Grant(object, 0);
    grant.#revoked = true;
    return grant;
  }

  /** Nobody may use it any more. */
  get isRevoked(): boolean {
    return this.#revoked;
  }
  get hasDescendants(): boolean {
    return this.#firstChild !== undefined;
  }

  /** A child with no more rights than `limit & rights`; its holder must take a reference. */
  derive(rights: number, limit: number = this.rights): Grant {
    const child = new Grant(this.object, limit & rights);
    this.#adopt(child);
    return child;
  }

  /** The handle was closed: children go to the parent. Nothing happens to a grant that has ended. */
  end(): void {
    const parent = this.#parent;
    this.#unlink();
    for (let child = this.#firstChild; child !== undefined; child = this.#firstChild) {
      child.#unlink();
      if (parent !== undefined) parent.#adopt(child);
    }
    this.holder = undefined;
  }

  /** Ends a grant that nobody holds, and lets go of its reference: who meets it later finds it revoked. */
  lose(): void {
    this.end();
    this.#revoked = true;
    this.object.release();
  }

  /** Ends all descendants. Objects whose last handle goes are closed after the walk. */
  revoke(undertaker: Undertaker): void {
    undertaker.whole(() => {
      let at: Grant = this;
      for (;;) {
        const child: Grant | undefined = at.#firstChild;
        if (child !== undefined) {
          at = child;
          continue;
        }
        if (at === this) return;
        const parent: Grant = at.#parent!; // every grant below this one has a parent
        at.#unlink();
        at.#revoked = true;
        const { holder } = at;
        at.holder = undefined;
        if (holder !== undefined) holder.revoked(at);
        else at.object.release();
        at = parent;
      }
    });
  }

  #adopt(child: Grant): void {
    child.#parent = this;
    child.#next = this.#firstChild;
    if (this.#firstChild !== undefined) this.#firstChild.#prev = child;
    this.#firstChild = child;
  }

  #unlink(): void {
    const parent = this.#parent;
    if (parent !== undefined && parent.#firstChild === this) parent.#firstChild = this.#next;
    if (this.#prev !== undefined) this.#prev.#next = this.#next;
    if (this.#next !== undefined) this.#next.#prev = this.#prev;
    this.#parent = this.#next = this.#prev = undefined;
  }
}
