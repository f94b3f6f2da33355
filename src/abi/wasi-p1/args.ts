/** Arguments and environment. Sizes count UTF-8 bytes with the closing NUL of each string. */
import type { WasiState } from "./state.ts";
import { Errno } from "./errno.ts";
import type { Calls } from "./state.ts";

export function argsCalls(state: WasiState): Calls {
  const { memory } = state;

  const sizes = (strings: readonly Uint8Array[], countOut: number, sizeOut: number): number => {
    if (!memory.has(countOut, 4) || !memory.has(sizeOut, 4)) return Errno.fault;
    memory.setU32(countOut, strings.length);
    memory.setU32(sizeOut, byteLengthOf(strings));
    return Errno.success;
  };
  const strings = (list: readonly Uint8Array[], pointers: number, buffer: number): number => {
    if (!memory.hasItems(pointers, list.length, 4) || !memory.has(buffer, byteLengthOf(list))) return Errno.fault;
    let at = buffer >>> 0;
    list.forEach((text, index) => {
      memory.setU32((pointers >>> 0) + index * 4, at);
      memory.write(at, text);
      at += text.length;
    });
    return Errno.success;
  };

  return {
    args_sizes_get: (countOut: number, sizeOut: number) => sizes(state.args, countOut, sizeOut),
    args_get: (pointers: number, buffer: number) => strings(state.args, pointers, buffer),
    environ_sizes_get: (countOut: number, sizeOut: number) => sizes(state.env, countOut, sizeOut),
    environ_get: (pointers: number, buffer: number) => strings(state.env, pointers, buffer),
  };
}

function byteLengthOf(strings: readonly Uint8Array[]): number {
  let total = 0;
  for (const text of strings) total += text.length;
  return total;
}
