/**
 * What the kernel calls of one process share: its memory, its handles, and the way in which a
 * call blocks.
 *
 * A call that cannot go on blocks on the object that it waits for and then starts over with the
 * same arguments: handles and addresses are checked again, since anything may have been closed,
 * revoked or changed meanwhile (INV-8).
 */
import { ALL_SIGNALS, MESSAGE_HANDLES_MAX, Right, SignalObject, Status } from "#kernel";
import type { Account, Charges, Grant, Handle, Objects, ProcessContext } from "#kernel";
import { GuestMemory } from "../guest-memory.ts";

/** What these calls need of a process besides what every ABI needs. */
export interface ObjectProcess extends ProcessContext {
  readonly account: Account;
  readonly charges: Charges;
  readonly dying: boolean;
}

export interface IsolaOptions {
  /** Handles that the program finds by name; given away, whatever happens. */
  readonly handles?: Readonly<Record<string, Grant>>;
  /** Reading clocks. Default true. */
  readonly clocks?: boolean;
}

type ObjectClass<T extends SignalObject> = abstract new (...args: never[]) => T;

export class IsolaState {
  readonly process: ObjectProcess;
  readonly objects: Objects;
  readonly memory = new GuestMemory();
  readonly startup: ReadonlyMap<string, Handle>;
  readonly clocks: boolean;
  /** Why the last `find` gave nothing. */
  status: number = Status.ok;

  constructor(process: ObjectProcess, objects: Objects, startup: ReadonlyMap<string, Handle>, options: IsolaOptions) {
    this.process = process;
    this.objects = objects;
    this.startup = startup;
    this.clocks = options.clocks ?? true;
  }

  /** The object of class `type` behind a claimed handle that has all of `rights`; else undefined, and `status` says why. */
  find<T extends SignalObject>(type: ObjectClass<T>, claimed: number, rights: number): T | undefined {
    const { handles } = this.process;
    const object = handles.get(claimed);
    if (!(object instanceof type)) {
      this.status = object instanceof SignalObject ? Status.wrong_kind! : Status.bad_handle!;
      return undefined;
    }
    if ((handles.rights(claimed) & rights) !== rights) {
      this.status = Status.missing_rights;
      return undefined;
    }
    return object;
  }

  /** The handles listed at `addr`, all of which may move, none twice; else undefined, and `status` says why. */
  findMovable(addr: number, count: number): readonly number[] | undefined {
    if (count >>> 0 > MESSAGE_HANDLES_MAX) {
      this.status = Status.invalid_argument;
      return undefined;
    }
    if (!this.memory.hasItems(addr, count, 4)) {
      this.status = Status.bad_address;
      return undefined;
    }
    const listed = Array.from({ length: count }, (_, index) => this.memory.u32((addr >>> 0) + index * 4));
    for (const handle of listed) if (this.find(SignalObject, handle, Right.transfer) === undefined) return undefined;
    if (new Set(listed).size === count) return listed;
    this.status = Status.invalid_argument;
    return undefined;
  }

  /** A new handle on an object that nobody holds yet, written to `out`, which is in the memory. The object is closed when the table refuses. */
  give(object: SignalObject | undefined, rights: number, out: number): number {
    if (object === undefined) return Status.limit;
    object.retain();
    const handle = this.process.handles.insert(object, rights);
    object.release();
    if (handle === undefined) return Status.limit;
    this.memory.setU32(out, handle);
    return Status.ok;
  }

  /**
   * Blocks until something happens to `object` or the deadline passes, then answers what `again`
   * does, which gets the deadline that still holds.
   */
  blockOn(object: SignalObject, deadline: bigint, reason: string, again: (deadline: bigint) => number): number {
    if (deadline === 0n) return Status.would_block;
    return this.process.current().block({
      reason,
      queues: [object.waiters],
      ...(deadline < 0n ? {} : { deadlineMs: Number(deadline) / 1e6 }),
      resume: (wake) => {
        this.memory.begin();
        const answer = again(wake === "deadline" ? 0n : deadline);
        return wake === "deadline" && answer === Status.would_block ? Status.timed_out : answer;
      },
    });
  }
}

/** Whether `claimed` are signals, at least one. */
export function areSignals(claimed: number): boolean {
  return claimed !== 0 && (claimed & ~ALL_SIGNALS) === 0;
}

/** The functions of one family, by name. Arguments are the core values: i32 as number, i64 as bigint. */
export type IsolaCallBody = (...args: never[]) => number;
export type IsolaFamily = Readonly<Record<string, IsolaCallBody>>;
