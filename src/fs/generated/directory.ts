/**
 * An open directory of a generated tree. Its entries can be looked at and opened; no name can be made,
 * moved or removed (`rofs` or, where devices can be written to, `acces`).
 */
import { FsError } from "../fs-error.ts";
import { FileKind } from "../interface.ts";
import type { DirEntry, Directory, File, FileSystem, MaybeAsync, OpenOptions, Stat } from "../interface.ts";
import { checkName } from "../name.ts";
import type { GeneratedDirectory, GeneratedNode } from "./node.ts";
import { TextFile } from "./text-file.ts";

const KINDS = { directory: FileKind.directory, text: FileKind.regular, device: FileKind.character, link: FileKind.symlink } as const;
const ENCODER = new TextEncoder();
/** Bytes of the texts of one tree that are open: an open text stays as it was, and nobody's account has it. */
const OPEN_TEXTS_MAX = 32 << 20;

/** How much the open texts of one tree hold. */
export class OpenTexts {
  #bytes = 0;

  /** @throws FsError `nfile` */
  take(bytes: number): void {
    if (this.#bytes + bytes > OPEN_TEXTS_MAX) throw new FsError("nfile", "the texts that are open hold too much");
    this.#bytes += bytes;
  }
  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

export class OpenGeneratedDirectory implements Directory {
  readonly kind = "directory";
  readonly fs: FileSystem;
  readonly #node: GeneratedDirectory;
  readonly #texts: OpenTexts;
  readonly #timeNs: () => bigint;
  #open = true;

  constructor(fs: FileSystem, node: GeneratedDirectory, texts: OpenTexts, timeNs: () => bigint) {
    this.fs = fs;
    this.#node = node;
    this.#texts = texts;
    this.#timeNs = timeNs;
  }

  statEntry(name: string): Stat {
    return this.#stat(this.#entry(name));
  }
  stat(): Stat {
    this.#check();
    return this.#stat(this.#node);
  }

  openDirectory(name: string): Directory {
    const node = this.#entry(name);
    if (node.kind === "link") throw new FsError("loop");
    if (node.kind !== "directory") throw new FsError("notdir");
    return new OpenGeneratedDirectory(this.fs, node, this.#texts, this.#timeNs);
  }

  openFile(name: string, options: OpenOptions): MaybeAsync<File> {
    const node = this.#find(name);
    if (node === undefined) return options.create ? this.#refuse() : absent();
    if (options.create && options.exclusive) throw new FsError("exist");
    if (node.kind === "link") throw new FsError("loop");
    if (node.kind === "directory") throw new FsError("isdir");
    if (node.kind === "device") return node.open(options, this.#stat(node));
    if (options.write || options.truncate) return this.#refuse();
    const bytes = ENCODER.encode(node.text());
    this.#texts.take(bytes.length);
    return new TextFile(bytes, { ...this.#stat(node), size: BigInt(bytes.length) }, () => this.#texts.giveBack(bytes.length));
  }

  readlink(name: string): string {
    const node = this.#entry(name);
    if (node.kind !== "link") throw new FsError("inval", "not a symbolic link");
    return node.target();
  }

  /** The cookie of an entry is its place in the list: entries that go meanwhile may hide others from this reading, none comes twice. */
  entries(cookie: bigint, max: number): readonly DirEntry[] {
    this.#check();
    const names = this.#node.names();
    const found: DirEntry[] = [];
    for (let index = Number(cookie); index < names.length && found.length < max; index++) {
      const name = names[index]!;
      const node = this.#node.find(name);
      if (node !== undefined) found.push({ name, ino: node.ino, kind: KINDS[node.kind], next: BigInt(index + 1) });
    }
    return found;
  }

  reopen(): Directory {
    this.#check();
    return new OpenGeneratedDirectory(this.fs, this.#node, this.#texts, this.#timeNs);
  }
  sync(): void {
    this.#check();
  }
  close(): void {
    this.#open = false;
  }

  mkdir(name: string): void {
    this.#refuseMaking(name);
  }
  symlink(name: string): void {
    this.#refuseMaking(name);
  }
  rmdir(name: string): void {
    if (this.#entry(name).kind !== "directory") throw new FsError("notdir");
    this.#refuse();
  }
  unlink(name: string): void {
    if (this.#entry(name).kind === "directory") throw new FsError("isdir");
    this.#refuse();
  }
  link(name: string): void {
    this.#entry(name);
    this.#refuse();
  }
  rename(name: string): void {
    this.#entry(name);
    this.#refuse();
  }
  setTimes(): void {
    this.#check();
    this.#refuse();
  }
  setEntryTimes(name: string): void {
    this.#entry(name);
    this.#refuse();
  }

  #check(): void {
    if (!this.#open) throw new FsError("badf", "closed");
  }
  #find(name: string): GeneratedNode | undefined {
    this.#check();
    checkName(name);
    return this.#node.find(name);
  }
  #entry(name: string): GeneratedNode {
    return this.#find(name) ?? absent();
  }
  #refuseMaking(name: string): never {
    if (this.#find(name) !== undefined) throw new FsError("exist");
    this.#refuse();
  }
  #refuse(): never {
    throw new FsError(this.fs.readOnly ? "rofs" : "acces");
  }
  #stat(node: GeneratedNode): Stat {
    const timeNs = this.#timeNs();
    const size = node.kind === "link" ? BigInt(ENCODER.encode(node.target()).length) : 0n;
    const stat: Stat = { dev: DEVICE, ino: node.ino, kind: KINDS[node.kind], nlink: node.kind === "directory" ? 2n : 1n, size, atimeNs: timeNs, mtimeNs: timeNs, ctimeNs: timeNs };
    return node.kind === "device" && node.own !== undefined ? { ...stat, own: node.own } : stat;
  }
}

/** One number for all generated trees: their makers number nodes so that two trees in one namespace differ. */
const DEVICE = 0x6973_6f6c_6100n;

function absent(): never {
  throw new FsError("noent");
}
