/**
 * Handles on their way between harts.
 *
 * A handle that goes to another hart leaves its object behind. The grant stays at home, held by an
 * *export*; the other hart gets a *stand-in*, an object of the same kind that tells its home what is
 * done to it. They talk over a line of their own. When the last handle on the stand-in is gone, or the
 * other hart dies, the export lets go of the grant; when the grant is revoked, so are all handles on the
 * stand-in. A handle that comes back to where its object is becomes one on the object itself again.
 */
import type { ExitStatus } from "../fault/exit.ts";
import type { ChannelLimits } from "../object/channel.ts";
import type { Grant } from "../object/grant.ts";
import type { KernelObject } from "../object/handle-table.ts";
import type { JobName } from "./shared-jobs.ts";

/** What the other hart needs to know to make a stand-in. */
export type StandInParts =
  | { readonly kind: "event"; readonly signals: number }
  | { readonly kind: "process"; readonly id: number; readonly name: string; readonly status: ExitStatus | undefined; readonly usage: SharedArrayBuffer }
  | { readonly kind: "job"; readonly job: JobName | undefined }
  | { readonly kind: "image"; readonly payload: unknown }
  | { readonly kind: "memory"; readonly memory: WebAssembly.Memory; readonly pages: number }
  | { readonly kind: "channel"; readonly limits: ChannelLimits; readonly room: { readonly messages: number; readonly bytes: number } };

/** A handle as one hart tells another of it; plain data that the host clones. */
export type HandleName =
  | { readonly line: number; readonly rights: number; readonly hops: number; readonly parts: StandInParts }
  /** It comes back: the receiver opened this line when it sent the handle. */
  | { readonly home: number; readonly rights: number };

/** A handle that is on its way. */
export interface Loan {
  readonly name: HandleName;
  /** The other hart has it. */
  done(): void;
  /** It never got there: a grant that nobody holds. */
  takeBack(): Grant;
}

/** What names and finds handles on one link. */
export interface HandleCarrier {
  canCarry(objects: readonly KernelObject[]): boolean;
  /** The grant, which nobody holds, is given away. Undefined when it cannot go after all. */
  nameOf(grant: Grant): HandleName | undefined;
  /** As `nameOf`, but the grant can be taken back until the other hart is known to have it. */
  lend(grant: Grant): Loan | undefined;
  /** A grant that nobody holds; undefined when this hart has no room for it, or it is gone meanwhile. */
  grantFor(name: HandleName | undefined): Grant | undefined;
}

/** A handle that passed through so many harts goes no further, since each adds a step to whatever is done with it. */
export const HOPS_MAX = 8;
