/** Does nothing, unsuccessfully. */
import { proc_exit } from "../sdk/wasi";

export function _start(): void {
  proc_exit(1);
}
