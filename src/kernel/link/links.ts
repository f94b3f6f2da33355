/**
 * All links of one hart, and when they are looked at: at safepoints when a peer has called, for a
 * short while in turns of the event loop after anything came or went (`SPIN_MS`), and after that
 * when the hart is woken.
 */
import type { Machine } from "../machine.ts";
import { FaceWord } from "./face.ts";
import { Link } from "./link.ts";
import type { LinkEnd } from "./link.ts";

/** How long an idle hart looks before it sleeps: waking costs some 15 µs, and what is asked is mostly answered at once. */
const SPIN_MS = 0.05;
/**
 * Looking is in vain where the host runs two harts on one core: the other one only gets it once this one sleeps. So
 * a hart that was woken this soon after it slept, this often in a row, sleeps at once, and looks only every so often.
 */
const SOON_MS = 1;
const VAIN_MAX = 4;
const TRY_AGAIN = 16;

export class Links {
  readonly #machine: Machine;
  readonly #face: Int32Array;
  readonly #links = new Map<number, Link>();
  #activeAtMs = 0;
  #sleptAtMs = 0;
  /** Times in a row that looking was in vain. */
  #vain = 0;
  #active = false;
  #spinning = false;
  /** A request to be notified is under way. */
  #waits = false;
  #closed = false;
  readonly #spin = (): void => this.#look();

  constructor(machine: Machine, face: Int32Array) {
    this.#machine = machine;
    this.#face = face;
  }

  /** Begins to use a link; what is sent to it is dealt with from now on. */
  connect(end: LinkEnd): Link {
    const link = new Link(end);
    link.onActivity = () => this.#touched();
    this.#links.set(end.peer, link);
    this.#touched();
    return link;
  }

  /** The hart `peer` is gone: everything that goes there ends. */
  disconnect(peer: number, reason: string): void {
    const link = this.#links.get(peer);
    this.#links.delete(peer);
    link?.lost(reason);
  }

  get(peer: number): Link | undefined {
    return this.#links.get(peer);
  }
  get all(): IterableIterator<Link> {
    return this.#links.values();
  }

  /** Something may be there. */
  get pending(): boolean {
    return this.#face[FaceWord.pending] !== 0;
  }

  /** Looks at every link; false when something stays that needs a turn of the event loop. */
  poll(quickOnly: boolean): boolean {
    Atomics.store(this.#face, FaceWord.pending, 0);
    let left = false;
    for (const link of this.#links.values()) if (link.poll(quickOnly)) left = true;
    if (!left) return true;
    Atomics.store(this.#face, FaceWord.pending, 1);
    this.#touched();
    return false;
  }

  close(): void {
    this.#closed = true;
    for (const peer of [...this.#links.keys()]) this.disconnect(peer, "the system is shut down");
    Atomics.store(this.#face, FaceWord.asleep, 0);
    Atomics.notify(this.#face, FaceWord.asleep);
  }

  #touched(): void {
    this.#active = true;
    if (this.#spinning || this.#closed) return;
    this.#spinning = true;
    this.#machine.afterTurn(this.#spin);
  }

  #look(woken = false): void {
    if (this.#closed) return;
    if (this.pending) {
      if (!woken) this.#vain = 0;
      this.poll(false);
    }
    const now = this.#machine.now();
    if (this.#active) {
      this.#active = false;
      this.#activeAtMs = now;
    }
    const spinMs = this.#vain < VAIN_MAX || this.#vain % TRY_AGAIN === 0 ? SPIN_MS : 0;
    if (now - this.#activeAtMs < spinMs || this.pending) {
      this.#machine.afterTurn(this.#spin);
      return;
    }
    this.#spinning = false;
    this.#sleptAtMs = now;
    this.#sleep();
  }

  /** Asks to be notified; one request at a time is enough. */
  #sleep(): void {
    Atomics.store(this.#face, FaceWord.asleep, 1);
    if (this.pending && Atomics.compareExchange(this.#face, FaceWord.asleep, 1, 0) === 1) return this.#touched();
    if (this.#waits) return;
    const { async, value } = Atomics.waitAsync(this.#face, FaceWord.asleep, 1);
    if (!async) return this.#touched();
    this.#waits = true;
    void value.then(() => {
      this.#waits = false;
      if (this.#closed) return;
      if (this.#machine.now() - this.#sleptAtMs < SOON_MS) this.#vain++;
      this.#look(true);
    });
  }
}
