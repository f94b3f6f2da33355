/** What was cut out of the line last: ^Y puts the newest back, Alt-Y goes through the older. */
import { Bytes, concat, EMPTY } from "../bytes";

const KEPT_MAX = 16;

export class KillRing {
  private readonly kept: Array<Bytes> = [];
  private place: i32 = 0;

  /** `joins`: the key before cut too, so both are one; `atFront` tells on which side this is. */
  add(text: Bytes, joins: bool, atFront: bool): void {
    if (text.byteLength == 0) return;
    const last = this.kept.length - 1;
    if (joins && last >= 0) this.kept[last] = atFront ? concat(text, this.kept[last]) : concat(this.kept[last], text);
    else {
      if (this.kept.length == KEPT_MAX) this.kept.shift();
      this.kept.push(text);
    }
    this.place = this.kept.length - 1;
  }

  get current(): Bytes {
    return this.kept.length > 0 ? this.kept[this.place] : EMPTY;
  }

  /** The one before, round and round. */
  previous(): Bytes {
    if (this.kept.length > 0) this.place = this.place > 0 ? this.place - 1 : this.kept.length - 1;
    return this.current;
  }
}
