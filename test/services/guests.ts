/** Services and clients in the text format, and a source of images that are texts. */
import { compile } from "watr";
import { ISOLA_CALLS } from "#abi";
import { memory } from "#fs";
import type { ManifestSource, ServiceEvent, System } from "#os";

/** Imports of all kernel calls as `$name`, two pages of memory, `$startup` to find a handle, `$check` and `$exit`. */
const PRELUDE = `
  ${ISOLA_CALLS.map(({ name, type }) => `(import "isola" "${name}" (func $${name} ${type.params.map((param) => `(param ${param})`).join(" ")} (result i32)))`).join("\n  ")}
  IMPORTS
  (memory $own (export "memory") 2)
  (data (i32.const 60100) "control") (data (i32.const 60110) "\\02\\00\\00\\00")
  (func $startup (param $addr i32) (param $length i32) (result i32)
    (call $check (call $startup_handle (local.get $addr) (local.get $length) (i32.const 60000)))
    (i32.load $own (i32.const 60000)))
  ;; Ends the program with the status when it is not ok.
  (func $check (param $status i32)
    (if (local.get $status) (then (drop (call $process_exit (local.get $status))))))
  ;; Receives into 1024, at most 4096 bytes and one handle at 1016; sizes at 1000.
  (func $receive (param $end i32) (result i32)
    (call $channel_receive (local.get $end) (i32.const 1024) (i32.const 4096) (i32.const 1016) (i32.const 1) (i32.const 1000) (i64.const -1)))
  (func $send (param $end i32) (param $addr i32) (param $length i32) (result i32)
    (call $channel_send (local.get $end) (local.get $addr) (local.get $length) (i32.const 0) (i32.const 0) (i64.const -1)))
  (func $control (result i32) (call $startup (i32.const 60100) (i32.const 7)))
  ;; Answers the ping at 1024.
  (func $pong (param $control i32)
    (i32.store $own (i32.const 1024) (i32.const 2))
    (call $check (call $send (local.get $control) (i32.const 1024) (i32.const 8))))`;

export const guestText = (fields: string, imports = ""): string => `(module ${PRELUDE.replace("IMPORTS", imports)} ${fields})`;

/** Images by name, as text; files in memory. */
export function textSource(images: Readonly<Record<string, string>>): ManifestSource {
  return {
    image: async (path) => ({ name: path, bytes: compile(images[path]!) as Uint8Array }),
    folder: () => Object.assign(memory(), { close: () => undefined }),
    volume: () => Object.assign(memory(), { close: () => undefined }),
  };
}

/** Reads `os.services` events into a list of "service state". */
export function watch(os: System): { readonly events: ServiceEvent[]; readonly seen: () => string[] } {
  const events: ServiceEvent[] = [];
  os.services.onEvent((event) => events.push(event));
  return { events, seen: () => events.map(({ service, state }) => `${service} ${state}`) };
}

export async function until(condition: () => boolean, what: string, ms = 20_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
