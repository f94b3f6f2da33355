/** The environment that the program was started with. */
import { EQUALS } from "./ascii";
import { Bytes, at, slice } from "./bytes";
import { stringAt } from "./program";
import { environ_get, environ_sizes_get } from "./wasi";

const COUNT = memory.data(4);
const SIZE = memory.data(4);

/** All variables, as NAME=value. */
export function environment(): Bytes[] {
  environ_sizes_get(COUNT, SIZE);
  const count = load<u32>(COUNT);
  const addresses = heap.alloc(count * 4);
  const strings = heap.alloc(load<u32>(SIZE));
  const list: Bytes[] = [];
  if (environ_get(addresses, strings) == 0) {
    for (let index: u32 = 0; index < count; index++) list.push(stringAt(load<u32>(addresses + index * 4)));
  }
  heap.free(addresses);
  heap.free(strings);
  return list;
}

/** The value of a variable, or null when it is not set. */
export function variable(name: string): Bytes | null {
  const list = environment();
  for (let index = 0; index < list.length; index++) {
    const entry = list[index];
    if (nameLength(entry) != name.length) continue;
    let same = true;
    for (let place = 0; place < name.length && same; place++) same = <i32>at(entry, place) == name.charCodeAt(place);
    if (same) return slice(entry, name.length + 1);
  }
  return null;
}

/** How long the name of NAME=value is; -1 when there is no "=" after a name. */
export function nameLength(entry: Bytes): i32 {
  for (let index = 0; index < entry.byteLength; index++) if (at(entry, index) == EQUALS) return index > 0 ? index : -1;
  return -1;
}
