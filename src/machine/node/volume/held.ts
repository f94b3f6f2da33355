/** A node that an open file or directory keeps alive until it is closed. */
import { FsError } from "#fs";
import type { Node } from "./node.ts";

export class Held {
  #node: Node | undefined;

  constructor(node: Node) {
    this.#node = node;
    node.opened();
  }

  /** The node, while it is held. @throws FsError `badf` after `close`, and once the volume is closed. */
  open(): Node {
    if (this.#node === undefined) throw new FsError("badf", "closed");
    this.#node.store.transactions.check();
    return this.#node;
  }

  /** Gives the node back. Idempotent. */
  close(): void {
    const node = this.#node;
    this.#node = undefined;
    node?.closed();
  }
}
