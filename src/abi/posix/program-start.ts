/** How files that can be started begin: a module of WebAssembly, or a script that names its interpreter. */

/** Bytes that tell. */
export const PROGRAM_START = 4;
const MAGIC = [0x00, 0x61, 0x73, 0x6d];
const SCRIPT = [0x23, 0x21];

export function isModuleStart(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}
export function isScriptStart(bytes: Uint8Array): boolean {
  return SCRIPT.every((byte, index) => bytes[index] === byte);
}
export function isProgramStart(bytes: Uint8Array): boolean {
  return isModuleStart(bytes) || isScriptStart(bytes);
}
