/**
 * Asks a service by one of its functions whether it is well: a program of some bytes calls it through a gate, as
 * any client does, and exits with what it learnt. So the question waits its turn like a call, costs the service
 * what a call costs, and a service that hangs in the call is ended by the gate's budget.
 */

/** Exit statuses of the probe. */
export const PROBE_WELL = 0;
export const PROBE_UNWELL = 1;
/** The call did not go through; the service's own end says more. */
export const PROBE_UNANSWERED = 2;

/** The module name under which the probe imports the function. */
export const PROBE_IMPORT = "service";

/**
 *     (func (export "_start") (local i32)
 *       (local.set 0 (i32.ne (call $function) (i32.const 0)))
 *       (call $proc_exit (select (i32.const UNANSWERED) (local.get 0) (call $gate_status))))
 *
 * The gate's status is a condition here: it is 0 only when the call went well.
 */
export function probeModule(functionName: string): Uint8Array {
  const utf8 = (text: string): number[] => sized([...new TextEncoder().encode(text)]);
  const imported = (module: string, name: string, type: number): number[] => [...utf8(module), ...utf8(name), 0x00, type];
  const section = (id: number, ...content: readonly number[]): number[] => [id, ...sized(content)];
  const code = [
    0x01, 0x01, 0x7f,
    0x10, 0, 0x41, 0, 0x47, 0x21, 0,
    0x41, PROBE_UNANSWERED, 0x20, 0, 0x10, 1, 0x1b, 0x10, 2,
    0x0b,
  ];
  return Uint8Array.from([
    0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
    // [] -> [i32], [i32] -> [], [] -> []
    ...section(1, 3, 0x60, 0, 1, 0x7f, 0x60, 1, 0x7f, 0, 0x60, 0, 0),
    ...section(2, 3, ...imported(PROBE_IMPORT, functionName, 0), ...imported(PROBE_IMPORT, "gate_status", 0), ...imported("wasi_snapshot_preview1", "proc_exit", 1)),
    ...section(3, 1, 2),
    ...section(7, 1, ...utf8("_start"), 0x00, 3),
    ...section(10, 1, ...sized(code)),
  ]);
}
function sized(bytes: readonly number[]): number[] {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return [...length, rest, ...bytes];
}
