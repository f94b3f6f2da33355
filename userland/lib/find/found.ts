/** A file that `find` came to. What is known of it is looked up when somebody asks. */
import { Bytes } from "../../sdk/bytes";
import { Stat } from "../../sdk/files";
import { Kind } from "../../sdk/wasi";

export class Found {
  private looked: Stat | null = null;

  constructor(
    readonly path: Bytes,
    /** Of `Kind`, links not followed. */
    readonly kind: u8,
    readonly depth: i32,
    private readonly follow: bool,
  ) {}

  /** With a link that is followed, of what it leads to, if it leads anywhere. */
  get stat(): Stat {
    const known = this.looked;
    if (known) return known;
    const stat = new Stat();
    if (stat.read(this.path, this.follow) != 0 && this.follow) stat.read(this.path, false);
    this.looked = stat;
    return stat;
  }

  get isDirectory(): bool {
    return this.kind == Kind.directory || (this.kind == Kind.link && this.follow && this.stat.isDirectory);
  }
}
