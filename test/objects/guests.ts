/** Guests in the text format that make kernel calls: imports, and ways to name startup handles. */
import { compile as compileText } from "watr";
import { ISOLA_CALLS } from "#abi";
import type { Program, System } from "#os";

/** Imports of all kernel calls as `$name`, one page of memory, and `$startup` to find a handle by the name at an address. */
const PRELUDE = `
  ${ISOLA_CALLS.map(({ name, type }) => `(import "isola" "${name}" (func $${name} ${type.params.map((param) => `(param ${param})`).join(" ")} (result i32)))`).join("\n  ")}
  IMPORTS
  (memory $own (export "memory") 2)
  (func $startup (param $addr i32) (param $length i32) (result i32)
    (call $check (call $startup_handle (local.get $addr) (local.get $length) (i32.const 60000)))
    (i32.load $own (i32.const 60000)))
  ;; Ends the program with the status when it is not ok.
  (func $check (param $status i32)
    (if (local.get $status) (then (drop (call $process_exit (local.get $status))))))
  ;; Ends the program with 100 and the line when they differ.
  (func $expect (param $line i32) (param $found i32) (param $wanted i32)
    (if (i32.ne (local.get $found) (local.get $wanted)) (then (drop (call $process_exit (i32.add (i32.const 100) (local.get $line)))))))`;

/** A program of the fields given, which may use what the prelude defines. */
export function guest(os: System, fields: string, imports = ""): Promise<Program> {
  return os.compile(compileText(`(module ${PRELUDE.replace("IMPORTS", imports)} ${fields})`) as Uint8Array, { name: "guest" });
}
