/**
 * Rights of handles on kernel objects, and the kinds of objects: one table each.
 *
 * A right is a bit of a handle. A handle that is derived from another has the same rights or
 * fewer, never more (INV-1). Descriptors of WASI use the same tables of handles with rights of their
 * own; they are no kernel objects in the sense of this file, and no call of "isola" accepts them.
 */
const RIGHTS = [
  ["duplicate", "make another handle on the object, with the same rights or fewer"],
  ["transfer", "move the handle through a channel"],
  ["wait", "wait for signals of the object"],
  ["read", "receive from a channel; read a memory object; import it read-only; start an image"],
  ["write", "send into a channel; set a timer; change a wait set; write a memory object; import it writable"],
  ["signal", "raise and lower the signal of an event"],
  ["kill", "end the process, or all processes of the job"],
  ["inspect", "read status and usage"],
  ["create", "make jobs and processes below the job"],
  ["revoke", "close every handle that was derived from this one, wherever it is"],
] as const satisfies readonly (readonly [name: string, meaning: string])[];

export type RightName = (typeof RIGHTS)[number][0];
export const RIGHT_TABLE: readonly { readonly name: RightName; readonly bit: number; readonly meaning: string }[] =
  RIGHTS.map(([name, meaning], index) => ({ name, bit: 1 << index, meaning }));
export const Right = Object.fromEntries(RIGHT_TABLE.map(({ name, bit }) => [name, bit])) as Readonly<Record<RightName, number>>;

export const SIGNALS = [
  ["readable", "a message is there; a ready entry is in the wait set"],
  ["writable", "there is room for a message; after a send found none, room for that message"],
  ["peer_closed", "the other end of the channel is gone"],
  ["signalled", "the event was raised; the timer's deadline has passed"],
  ["ended", "the process is dead; the job was killed and is empty"],
] as const satisfies readonly (readonly [name: string, meaning: string])[];

export type SignalName = (typeof SIGNALS)[number][0];
export const SIGNAL_TABLE: readonly { readonly name: SignalName; readonly bit: number; readonly meaning: string }[] =
  SIGNALS.map(([name, meaning], index) => ({ name, bit: 1 << index, meaning }));
export const Signal = Object.fromEntries(SIGNAL_TABLE.map(({ name, bit }) => [name, bit])) as Readonly<Record<SignalName, number>>;
export const ALL_SIGNALS = (1 << SIGNALS.length) - 1;

const SHARED = ["duplicate", "transfer", "inspect", "revoke"] as const satisfies readonly RightName[];

/** All rights that make sense for a kind: what its maker gets. */
const KINDS = [
  ["channel", [...SHARED, "wait", "read", "write"]],
  ["event", [...SHARED, "wait", "signal"]],
  ["timer", [...SHARED, "wait", "write"]],
  // A wait set speaks of handles of its process, so it stays there.
  ["wait_set", ["inspect", "wait", "write"]],
  ["memory", [...SHARED, "read", "write"]],
  ["process", [...SHARED, "wait", "kill"]],
  ["job", [...SHARED, "wait", "kill", "create"]],
  ["image", [...SHARED, "read"]],
] as const satisfies readonly (readonly [name: string, rights: readonly RightName[]])[];

export type ObjectKindName = (typeof KINDS)[number][0];
export const KIND_TABLE: readonly { readonly number: number; readonly name: ObjectKindName; readonly rights: number }[] =
  KINDS.map(([name, rights], index) => ({ number: index + 1, name, rights: rightsOf(rights) }));
export const ObjectKind = Object.fromEntries(KIND_TABLE.map(({ name, number }) => [name, number])) as Readonly<Record<ObjectKindName, number>>;
/** Rights of the maker, by kind. */
export const FULL_RIGHTS = Object.fromEntries(KIND_TABLE.map(({ name, rights }) => [name, rights])) as Readonly<Record<ObjectKindName, number>>;

/** The bits of named rights. */
export function rightsOf(names: readonly RightName[]): number {
  return names.reduce((bits, name) => bits | Right[name], 0);
}
