/**
 * A directory of the host as a file system: what a program is granted with `--dir`.
 *
 * The driver acts on single names below directories that it holds open (see
 * host-directory-address.ts), never follows a link, and opens regular files only, so that no
 * open ever blocks or reaches a device. Links are stored as told; where they lead is decided by
 * who walks them.
 *
 * Differs from the interface: times are kept to about 1 µs; `allocate` reserves no storage; a
 * directory that the host lets be entered but not read (mode --x) cannot be opened.
 */
import { realpathSync, statfsSync } from "node:fs";
import { FsError } from "#fs";
import type { FileSystem, Space } from "#fs";
import { chooseAddressing } from "./host-directory-address.ts";
import type { Addressing } from "./host-directory-address.ts";
import { Descriptors } from "./host-directory-descriptors.ts";
import { host } from "./host-directory-errors.ts";
import { DIRECTORY_FLAGS, HostDirectory } from "./host-directory-handle.ts";
import { ListingCache } from "./host-directory-listing.ts";

export interface HostDirectoryOptions {
  /** Reading is always granted; to say so is good style. */
  readonly read?: true;
  /** Whether anything may be changed. Not unless told. */
  readonly write?: boolean;
  /** Descriptors that may be open at once, those of a walk included. 1,024 unless told. */
  readonly maxOpen?: number;
  /** `path` forces the weaker way of hosts without /proc. The best that the host has, unless told. */
  readonly addressing?: "descriptor" | "path";
}

/** @throws FsError `noent`, `notdir`, `acces`, … when `path` is no directory that can be read. Links in `path` are followed. */
export function hostDirectory(path: string, options: HostDirectoryOptions = {}): HostFileSystem {
  const descriptors = new Descriptors(options.maxOpen ?? 1024);
  const { real, fd } = opened(path, descriptors);
  try {
    const addressing = chooseAddressing(fd, real, options.addressing);
    return new HostFileSystem(descriptors, fd, addressing, options.write !== true, real);
  } catch (error) {
    descriptors.close(fd);
    throw error;
  }
}

/** The real path of `path`, and a descriptor on it. What is wrong names the path: whoever gave it is told. */
function opened(path: string, descriptors: Descriptors): { readonly real: string; readonly fd: number } {
  // The host would say that it is the working directory, which nobody meant to give away.
  if (path === "") throw new FsError("noent", "the path of the host's folder is empty");
  try {
    const real = host(() => realpathSync(path));
    return { real, fd: descriptors.open(real, DIRECTORY_FLAGS) };
  } catch (error) {
    throw error instanceof FsError ? new FsError(error.code, `the host's folder ${path} cannot be opened`) : error;
  }
}

/** What another thread of this process needs to have the same directory. */
interface HostLocator {
  readonly host: "directory";
  readonly fd: number;
  readonly real: string;
  readonly addressing: Addressing["kind"];
  readonly readOnly: boolean;
  readonly maxOpen: number;
}

/** The directory of a `locator`, as long as whoever gave that has not closed it. @throws FsError */
export function hostDirectoryAt(locator: unknown): HostFileSystem {
  const { fd: theirs, real, addressing: kind, readOnly, maxOpen } = locator as HostLocator; // only `HostFileSystem` makes them
  const descriptors = new Descriptors(maxOpen);
  // Descriptors are of the whole process; the path is only taken where they have no names.
  const fd = descriptors.open(kind === "descriptor" ? `/proc/self/fd/${theirs}/.` : real, DIRECTORY_FLAGS);
  return new HostFileSystem(descriptors, fd, chooseAddressing(fd, real, kind), readOnly, real);
}

export class HostFileSystem implements FileSystem {
  readonly name = "host directory";
  readonly readOnly: boolean;
  readonly descriptors: Descriptors;
  readonly addressing: Addressing;
  readonly listings = new ListingCache();
  readonly #real: string;
  #fd: number;

  /** Takes `fd`, the root, over; `real` is its real path. */
  constructor(descriptors: Descriptors, fd: number, addressing: Addressing, readOnly: boolean, real: string) {
    this.#real = real;
    this.descriptors = descriptors;
    this.addressing = addressing;
    this.readOnly = readOnly;
    this.#fd = fd;
  }

  get locator(): HostLocator {
    return { host: "directory", fd: this.#fd, real: this.#real, addressing: this.addressing.kind, readOnly: this.readOnly, maxOpen: this.descriptors.max };
  }

  root(): HostDirectory {
    if (this.#fd === -1) throw new FsError("badf", "closed");
    const anchor = { fd: this.#fd, trail: [] };
    const fd = this.descriptors.open(host(() => this.addressing.self(anchor)), DIRECTORY_FLAGS);
    return HostDirectory.checked(this, { fd, trail: [] });
  }

  space(): Space | undefined {
    try {
      const { blocks, bfree, bsize } = statfsSync(this.#real);
      return { used: (blocks - bfree) * bsize, total: blocks * bsize };
    } catch {
      return undefined; // it was moved, or the host does not tell
    }
  }

  /** Gives the root back; what is open stays usable. Idempotent. */
  close(): void {
    if (this.#fd !== -1) this.descriptors.close(this.#fd);
    this.#fd = -1;
  }
}
