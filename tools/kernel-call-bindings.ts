/** userland/sdk/isola.ts: the kernel calls for programs in AssemblyScript. */
import { ISOLA_CALLS, ISOLA_MODULE, ISOLA_STRUCTS } from "#abi";
import type { IsolaCall, IsolaParam } from "#abi";
import { KIND_TABLE, RIGHT_TABLE, SIGNAL_TABLE, STATUS_TABLE } from "#kernel";

/** Parameters as AssemblyScript declares them. */
function declared(param: IsolaParam): string[] {
  const { name, kind } = param;
  switch (kind) {
    case "handle":
      return [`${name}: u32`];
    case "bytes":
    case "strings":
    case "name":
    case "buffer":
      return [`${name}: usize`, `${name}_length: usize`];
    case "handles":
    case "handle_buffer":
    case "events":
      return [`${name}: usize`, `${name}_count: u32`];
    case "u64":
      return [`${name}: u64`];
    case "deadline":
    case "duration":
      return [`${name}: i64`];
    case "u32":
    case "status":
    case "rights":
    case "signals":
    case "clock":
      return [`${name}: u32`];
    default:
      return [`${name}: usize`];
  }
}

function declaration({ name, params, meaning }: IsolaCall): string {
  return `/** ${meaning} */\n@external("${ISOLA_MODULE}", "${name}")\nexport declare function ${name}(${params.flatMap(declared).join(", ")}): u32;`;
}

export function constants(name: string, rows: readonly { readonly name: string; readonly value: number; readonly meaning?: string }[]): string {
  const lines = rows.map((row) => `${row.meaning === undefined ? "" : `  /** ${row.meaning} */\n`}  export const ${row.name}: u32 = ${row.value};`);
  return `export namespace ${name} {\n${lines.join("\n")}\n}`;
}

export function struct(name: string, { size, fields, meaning }: { readonly size: number; readonly fields: string; readonly meaning: string }): string {
  let offset = 0;
  const lines = fields.split(" ").map((field) => {
    const [fieldName = "", type = ""] = field.split(":");
    const line = `  ${fieldName}: ${type} = 0; // at ${offset}`;
    offset += type === "u64" ? 8 : 4;
    return line;
  });
  return `/** ${meaning[0]!.toUpperCase()}${meaning.slice(1)}. ${size} bytes. */\n@unmanaged\nexport class ${name[0]!.toUpperCase()}${name.slice(1)} {\n${lines.join("\n")}\n}`;
}

export function kernelCallBindings(): string {
  return `/**
 * The kernel calls of Isola for AssemblyScript. Written by tools/generate.ts; docs/syscalls.md says
 * what each means. Every call answers a \`Status\`.
 */

/** A deadline that never passes. */
export const NEVER: i64 = -1;
/** A deadline that does not block. */
export const NOW: i64 = 0;
/** For \`handle_duplicate\`: the rights of the first handle. */
export const SAME_RIGHTS: u32 = 0xffff_ffff;

${constants("Status", STATUS_TABLE.map(({ name, number, meaning }) => ({ name, value: number, meaning })))}

${constants("Right", RIGHT_TABLE.map(({ name, bit, meaning }) => ({ name, value: bit, meaning })))}

${constants("Signal", SIGNAL_TABLE.map(({ name, bit, meaning }) => ({ name, value: bit, meaning })))}

${constants("Kind", KIND_TABLE.map(({ name, number }) => ({ name, value: number })))}

${Object.entries(ISOLA_STRUCTS).map(([name, layout]) => struct(name, layout)).join("\n\n")}

${ISOLA_CALLS.map(declaration).join("\n\n")}
`;
}
