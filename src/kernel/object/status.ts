/**
 * What a kernel call answers: 0, or the number of an error. Numbers are stable: programs keep them.
 *
 * The table is in the order of the numbers; docs/syscalls.md and the bindings come out of it.
 */
const ROWS = [
  ["ok", "The call did what it says."],
  ["bad_handle", "No such handle: never given, closed, moved away or revoked."],
  ["wrong_kind", "The handle names an object of another kind."],
  ["missing_rights", "The handle lacks a right that the call needs."],
  ["bad_address", "An address range lies outside of the caller's memory."],
  ["invalid_argument", "An argument has a value that makes no sense here."],
  ["would_block", "Nothing to do now, and the deadline was 0."],
  ["timed_out", "The deadline passed first."],
  ["peer_closed", "The other end is gone; of what it sent, nothing is left."],
  ["buffer_too_small", "What is there does not fit into the buffers given; it stays, and the sizes were written."],
  ["limit", "An account, of the process or of a job above it, refuses more."],
  ["too_large", "The message can never fit into this channel."],
  ["not_found", "Nothing has this name or key."],
  ["exists", "The key is taken."],
  ["cycle", "The message would keep itself alive: a channel end would wait in a queue that only it leads to."],
  ["denied", "The program was not given this power."],
  ["killed", "The job was killed; nothing can be made in it."],
  ["no_room", "The host has no room."],
  ["bad_image", "The image cannot be started so: it imports what it was not given, or is no program."],
] as const satisfies readonly (readonly [name: string, meaning: string])[];

export type StatusName = (typeof ROWS)[number][0];
export const STATUS_TABLE: readonly { readonly number: number; readonly name: StatusName; readonly meaning: string }[] =
  ROWS.map(([name, meaning], number) => ({ number, name, meaning }));

export const Status = Object.fromEntries(ROWS.map(([name], number) => [name, number])) as Readonly<Record<StatusName, number>>;

/** Name of a status, or its number when there is none such. */
export function statusName(status: number): string {
  return ROWS[status]?.[0] ?? String(status);
}
