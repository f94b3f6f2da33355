/** Two harts in one thread: their links, with ports that are plain queues. */
import type { LinkEnd, LinkPort } from "./link.ts";
import { ringBuffer } from "./shared-ring.ts";

class QueuePort implements LinkPort {
  other: QueuePort | undefined = undefined;
  readonly #queue: unknown[] = [];

  post(value: unknown): void {
    if (this.other !== undefined) this.other.#queue.push(structuredClone(value));
  }
  take(): unknown {
    return this.#queue.shift();
  }
  close(): void {
    this.other = undefined;
  }
}

/** Both ends of a link between harts `a` and `b` with these faces. */
export function linkEnds(a: number, faceA: SharedArrayBuffer, b: number, faceB: SharedArrayBuffer, capacity?: number): readonly [LinkEnd, LinkEnd] {
  const [there, back] = [ringBuffer(capacity), ringBuffer(capacity)];
  const [portA, portB] = [new QueuePort(), new QueuePort()];
  portA.other = portB;
  portB.other = portA;
  return [
    { peer: b, out: there, in: back, peerFace: faceB, port: portA },
    { peer: a, out: back, in: there, peerFace: faceA, port: portB },
  ];
}

export function face(): SharedArrayBuffer {
  return new SharedArrayBuffer(65_536);
}
