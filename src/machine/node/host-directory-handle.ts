/**
 * An open directory of the host. Names are checked before they get near a path; every call
 * acts on the name itself and follows no link.
 */
import {
  constants, fstatSync, fsyncSync, ftruncateSync, futimesSync, linkSync, lstatSync, lutimesSync, mkdirSync, readlinkSync, renameSync, rmdirSync, symlinkSync,
  unlinkSync,
} from "node:fs";
import { FileKind, FsError, checkLinkTarget, checkName } from "#fs";
import type { DirEntry, Directory, OpenOptions, SetTimes, Stat } from "#fs";
import type { Anchor } from "./host-directory-address.ts";
import { host } from "./host-directory-errors.ts";
import { HostFile } from "./host-directory-file.ts";
import { Listing } from "./host-directory-listing.ts";
import { kindOf, toStat, toTimeLikes } from "./host-directory-stat.ts";
import type { HostFileSystem } from "./host-directory.ts";

export const DIRECTORY_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Of a new file and a new directory, before the host's umask. */
const FILE_MODE = 0o666;
const DIRECTORY_MODE = 0o777;
/** How often an open starts again because another program swapped what it opens. */
const SWAP_TRIES = 16;

export class HostDirectory implements Directory {
  readonly kind = "directory";
  readonly fs: HostFileSystem;
  readonly #listing: Listing;
  #anchor: Anchor | undefined;

  private constructor(fs: HostFileSystem, anchor: Anchor) {
    this.fs = fs;
    this.#anchor = anchor;
    this.#listing = new Listing(fs.listings);
  }

  /** Takes `anchor.fd` over, and closes it when it is not the directory that was meant. */
  static checked(fs: HostFileSystem, anchor: Anchor): HostDirectory {
    try {
      host(() => fs.addressing.verify(anchor));
    } catch (error) {
      fs.descriptors.close(anchor.fd);
      throw error;
    }
    return new HostDirectory(fs, anchor);
  }

  statEntry(name: string): Stat {
    const stat = this.#look(name);
    if (stat === undefined) throw new FsError("noent");
    return stat;
  }

  openDirectory(name: string): HostDirectory {
    const anchor = this.#open();
    for (let tries = 1; ; tries++) {
      let fd: number;
      try {
        fd = this.fs.descriptors.open(this.#path(name), DIRECTORY_FLAGS);
      } catch (error) {
        if (!(error instanceof FsError) || error.code !== "notdir") throw error;
        // Linux says ENOTDIR for a link, too; a directory came only after the open.
        const kind = this.#look(name)?.kind;
        if (kind === FileKind.symlink) throw new FsError("loop");
        if (kind === FileKind.directory && tries < SWAP_TRIES) continue;
        throw kind === undefined ? new FsError("noent") : error;
      }
      return HostDirectory.checked(this.fs, { fd, trail: [...anchor.trail, name] });
    }
  }

  openFile(name: string, options: OpenOptions): HostFile {
    const anchor = this.#open();
    const { fs } = this;
    // A look first: to open a device or a pipe can have effects of its own.
    const found = this.#look(name);
    if (found !== undefined && options.create && options.exclusive) throw new FsError("exist");
    if (fs.readOnly && (options.write || options.truncate)) throw new FsError("rofs");
    if (found === undefined) {
      if (!options.create) throw new FsError("noent");
      if (fs.readOnly) throw new FsError("rofs");
    } else {
      checkRegular(found.kind);
    }
    const writes = options.write || options.truncate;
    let flags = constants.O_NOFOLLOW | constants.O_NONBLOCK;
    flags |= writes ? (options.read ? constants.O_RDWR : constants.O_WRONLY) : constants.O_RDONLY;
    if (options.create && !fs.readOnly) flags |= options.exclusive ? constants.O_CREAT | constants.O_EXCL : constants.O_CREAT;
    const fd = fs.descriptors.open(this.#path(name), flags, FILE_MODE);
    try {
      host(() => {
        // What was opened may be another thing than what was looked at.
        checkRegular(kindOf(fstatSync(fd, { bigint: true })));
        fs.addressing.verify(anchor, { name, fd });
        if (options.truncate) ftruncateSync(fd, 0);
      });
    } catch (error) {
      fs.descriptors.close(fd);
      throw error;
    }
    return new HostFile(fs, fd, options.read, options.write);
  }

  readlink(name: string): string {
    const path = this.#path(name);
    const target = host(() => readlinkSync(path, { encoding: "buffer" }));
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(target);
    } catch {
      throw new FsError("ilseq", "the link's target is not UTF-8");
    }
  }

  mkdir(name: string): void {
    const path = this.#changing(name);
    host(() => mkdirSync(path, DIRECTORY_MODE));
  }

  rmdir(name: string): void {
    const path = this.#changing(name);
    try {
      host(() => rmdirSync(path));
    } catch (error) {
      throw emptiness(error);
    }
  }

  unlink(name: string): void {
    const path = this.#changing(name);
    // Some hosts say EPERM.
    if (this.statEntry(name).kind === FileKind.directory) throw new FsError("isdir");
    host(() => unlinkSync(path));
  }

  symlink(name: string, target: string): void {
    const path = this.#changing(name);
    checkLinkTarget(target);
    host(() => symlinkSync(target, path));
  }

  link(name: string, to: Directory, toName: string): void {
    const path = this.#changing(name);
    const toPath = this.#sameFs(to).#changing(toName);
    host(() => linkSync(path, toPath));
  }

  rename(name: string, to: Directory, toName: string): void {
    const path = this.#changing(name);
    const toPath = this.#sameFs(to).#changing(toName);
    try {
      host(() => renameSync(path, toPath));
    } catch (error) {
      throw emptiness(error);
    }
  }

  setEntryTimes(name: string, times: SetTimes): void {
    const path = this.#changing(name);
    host(() => lutimesSync(path, ...toTimeLikes(times)));
  }

  entries(cookie: bigint, max: number): readonly DirEntry[] {
    const anchor = this.#open();
    const found: DirEntry[] = [];
    let after = cookie;
    while (found.length < max) {
      const listed = host(() => this.#listing.after(after, () => this.fs.addressing.self(anchor)));
      if (listed.length === 0) break;
      for (const { name, cookie: next } of listed) {
        if (found.length >= max) break;
        after = next;
        // What went away since the directory was read is no entry.
        const stat = this.#look(name);
        if (stat !== undefined) found.push({ name, ino: stat.ino, kind: stat.kind, next });
      }
    }
    return found;
  }

  reopen(): HostDirectory {
    const anchor = this.#open();
    const fd = this.fs.descriptors.open(host(() => this.fs.addressing.self(anchor)), DIRECTORY_FLAGS);
    return HostDirectory.checked(this.fs, { fd, trail: anchor.trail });
  }

  stat(): Stat {
    const { fd } = this.#open();
    return host(() => toStat(fstatSync(fd, { bigint: true })));
  }

  setTimes(times: SetTimes): void {
    const { fd } = this.#open();
    if (this.fs.readOnly) throw new FsError("rofs");
    host(() => futimesSync(fd, ...toTimeLikes(times)));
  }

  sync(): void {
    const { fd } = this.#open();
    host(() => fsyncSync(fd));
  }

  close(): void {
    if (this.#anchor !== undefined) this.fs.descriptors.close(this.#anchor.fd);
    this.#anchor = undefined;
    this.#listing.drop();
  }

  #open(): Anchor {
    if (this.#anchor === undefined) throw new FsError("badf", "closed");
    return this.#anchor;
  }

  #path(name: string): string {
    checkName(name);
    const anchor = this.#open();
    return host(() => this.fs.addressing.entry(anchor, name));
  }

  /** The path of a name that is about to change. */
  #changing(name: string): string {
    const path = this.#path(name);
    if (this.fs.readOnly) throw new FsError("rofs");
    return path;
  }

  /** What is under `name`, or undefined when nothing is. */
  #look(name: string): Stat | undefined {
    const path = this.#path(name);
    const stats = host(() => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
    return stats === undefined ? undefined : toStat(stats);
  }

  #sameFs(to: Directory): HostDirectory {
    if (!(to instanceof HostDirectory) || to.fs !== this.fs) throw new FsError("xdev");
    return to;
  }
}

function checkRegular(kind: FileKind): void {
  if (kind === FileKind.regular) return;
  if (kind === FileKind.symlink) throw new FsError("loop");
  if (kind === FileKind.directory) throw new FsError("isdir");
  throw new FsError("notsup", "neither a regular file nor a directory");
}

/** Some file systems say EEXIST for a directory that is not empty. */
function emptiness(error: unknown): unknown {
  return error instanceof FsError && error.code === "exist" ? new FsError("notempty") : error;
}
