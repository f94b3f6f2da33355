/** A node that an open file or directory keeps alive until it is closed. */
import { FsError } from "../fs-error.ts";
import type { DirectoryNode, RegularNode } from "./node.ts";

export class Held<Node extends RegularNode | DirectoryNode> {
  #node: Node | undefined;

  constructor(node: Node) {
    this.#node = node;
    node.opened();
  }

  /** The node, while it is held. @throws FsError `badf` after `close`. */
  open(): Node {
    if (this.#node === undefined) throw new FsError("badf", "closed");
    return this.#node;
  }

  /** Gives the node back. Idempotent. */
  close(): void {
    const node = this.#node;
    this.#node = undefined;
    node?.closed();
  }
}
