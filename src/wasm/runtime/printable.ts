/**
 * Text of a guest, made fit for a report: nothing in it can move a cursor, start a line or
 * turn the direction of writing.
 */

/** Replaces what could move a cursor or start a line. */
export function printable(name: string): string {
  return name.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (c) =>
    `\\u{${c.charCodeAt(0).toString(16)}}`);
}
