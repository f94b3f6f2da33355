/**
 * `/dev`: null, zero, full, random, urandom, a terminal where there is one, and the standard streams of whoever
 * opens them.
 *
 * Devices have no position: reads and writes go the same wherever they are aimed.
 * Spec: POSIX.1-2024, Base Definitions 10.1 (null, tty); Linux null(4), full(4), random(4).
 */
import { checkOptions, mustBeFunction } from "#base";
import type { OptionRules } from "#base";
import { FsError } from "./fs-error.ts";
import { fixedDirectory } from "./generated/node.ts";
import type { GeneratedDevice, GeneratedNode } from "./generated/node.ts";
import { generated } from "./generated/generated.ts";
import { FileKind } from "./interface.ts";
import type { File, FileSystem, MaybeAsync, OpenOptions, Stat } from "./interface.ts";
import { OwnDescriptor } from "./own-descriptor.ts";

export interface DevicesOptions {
  /** Fills the bytes, which are not shared, from a cryptographic source. Without it there is no /dev/random. */
  readonly entropy?: (into: Uint8Array) => void;
  /** What /dev/tty opens. Without it there is none. */
  readonly tty?: (options: OpenOptions, stat: Stat) => MaybeAsync<File>;
  readonly timeNs?: () => bigint;
}

const OPTIONS: OptionRules<DevicesOptions> = { entropy: mustBeFunction, tty: mustBeFunction, timeNs: mustBeFunction };
/** Above the numbers of its entries. */
const DEV_ROOT = 16n;

/** What a device does; it takes whole writes unless `write` says otherwise. */
interface Behaviour {
  read(into: Uint8Array): number;
  write?(from: Uint8Array): number;
}

/** @throws OptionError */
export function devices(options: DevicesOptions = {}): FileSystem {
  checkOptions(options, OPTIONS);
  const { entropy, tty } = options;
  const random: Behaviour | undefined = entropy === undefined ? undefined : {
    read: (into) => {
      entropy(into);
      return into.length;
    },
  };
  const entries: Record<string, GeneratedNode> = {
    full: device(2n, { read: zeros, write: () => refuse("nospc") }),
    null: device(1n, { read: () => 0 }),
    ...(random === undefined ? {} : { random: device(3n, random), urandom: device(4n, random) }),
    stderr: standard(9n, 2),
    stdin: standard(7n, 0),
    stdout: standard(8n, 1),
    ...(tty === undefined ? {} : { tty: { kind: "device", ino: 5n, open: tty } as const }),
    zero: device(6n, { read: zeros }),
  };
  return generated(fixedDirectory(DEV_ROOT, entries), { name: "devices", readOnly: false, timeNs: options.timeNs ?? (() => 0n) });
}

function device(ino: bigint, behaviour: Behaviour): GeneratedDevice {
  return { kind: "device", ino, open: (options, stat) => new DeviceFile(behaviour, options, stat) };
}

function standard(ino: bigint, number: number): GeneratedDevice {
  return { kind: "device", ino, own: number, open: (_options, stat) => new OwnDescriptor(number, stat) };
}

function zeros(into: Uint8Array): number {
  into.fill(0);
  return into.length;
}
function refuse(code: "nospc"): never {
  throw new FsError(code);
}

class DeviceFile implements File {
  readonly kind = "file";
  readonly fileKind = FileKind.character;
  readonly #behaviour: Behaviour;
  readonly #options: OpenOptions;
  readonly #stat: Stat;
  #open = true;

  constructor(behaviour: Behaviour, options: OpenOptions, stat: Stat) {
    this.#behaviour = behaviour;
    this.#options = options;
    this.#stat = stat;
  }

  read(_offset: number, into: Uint8Array): number {
    this.#check();
    if (!this.#options.read) throw new FsError("badf", "not open for reading");
    return this.#behaviour.read(into);
  }
  write(_offset: number, from: Uint8Array): number {
    return this.append(from);
  }
  append(from: Uint8Array): number {
    this.#writable();
    return this.#behaviour.write === undefined ? from.length : this.#behaviour.write(from);
  }
  /** Opening with truncation works, as shells do it; to set the size of a device makes no sense. */
  truncate(): void {
    this.#writable();
    throw new FsError("inval", "a device has no size");
  }
  allocate(): void {
    this.#writable();
    throw new FsError("nodev");
  }
  stat(): Stat {
    this.#check();
    return this.#stat;
  }
  setTimes(): void {
    this.#check();
    throw new FsError("perm");
  }
  sync(): void {
    this.#check();
    throw new FsError("inval", "a device holds nothing back");
  }
  close(): void {
    this.#open = false;
  }

  #check(): void {
    if (!this.#open) throw new FsError("badf", "closed");
  }
  #writable(): void {
    this.#check();
    if (!this.#options.write) throw new FsError("badf", "not open for writing");
  }
}
