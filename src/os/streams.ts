/**
 * A program's standard streams as the host holds them: web streams over the kernel's pipes, so
 * back-pressure goes all the way through. A full pipe blocks the guest's thread, an empty one the
 * host's read, and neither blocks the host thread.
 */
import { joinBytes } from "#base";
import { BROKEN, WOULD_BLOCK, Waiter } from "#kernel";
import type { ByteSink, ByteSource, WaitQueue } from "#kernel";

const CHUNK = 64 * 1024;

/** Settles at the next wake of `queue`. */
export function woken(queue: WaitQueue): Promise<void> {
  return new Promise((resolve) => queue.add(new Waiter(resolve)));
}

/** What a program writes. Read it as a web stream, or whole through `bytes` and `text`. */
export class Output extends ReadableStream<Uint8Array> {
  constructor(source: ByteSource) {
    super(
      {
        async pull(controller) {
          for (;;) {
            // As large as what is there now: what was written at once arrives in one piece.
            const chunk = new Uint8Array(Math.min(CHUNK, Math.max(1, source.available)));
            const count = source.read(chunk);
            if (count === WOULD_BLOCK) {
              await woken(source.readable);
              continue;
            }
            if (count === 0) controller.close();
            else controller.enqueue(chunk.subarray(0, count));
            return;
          }
        },
        cancel() {
          source.close();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Everything up to the end of the stream. */
  async bytes(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this) chunks.push(chunk);
    return joinBytes(chunks);
  }

  /** Everything up to the end of the stream, as UTF-8; malformed bytes become U+FFFD. */
  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }
}

/** Types are erased, and anything else would be written as so many zeros, or as nothing. */
function bytesOf(chunk: unknown): Uint8Array {
  if (typeof chunk === "string") return new TextEncoder().encode(chunk);
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError("what is written to a program must be text or a Uint8Array");
}

/** Writes all of `bytes`; false when the other side is gone. */
async function writeAll(sink: ByteSink, bytes: Uint8Array): Promise<boolean> {
  for (let rest = bytes; rest.length > 0; ) {
    const count = sink.write(rest);
    if (count === BROKEN) return false;
    if (count === WOULD_BLOCK) await woken(sink.writable);
    else rest = rest.subarray(count);
  }
  return true;
}

/** A writable stream into a program's standard input. Writing after the program closed it is an error of the stream. */
export function inputStream(sink: ByteSink): WritableStream<Uint8Array | string> {
  return new WritableStream<Uint8Array | string>({
    async write(chunk) {
      try {
        if (!(await writeAll(sink, bytesOf(chunk)))) throw new Error("the program no longer reads its standard input");
      } catch (error) {
        // A stream that failed is not closed any more, and the program would wait for the end.
        sink.close();
        throw error;
      }
    },
    close() {
      sink.close();
    },
    abort() {
      sink.close();
    },
  });
}

/** Copies `from` into `sink` until either side ends. */
export async function pump(from: ReadableStream<Uint8Array>, sink: ByteSink): Promise<void> {
  const reader = from.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done || !(await writeAll(sink, bytesOf(value)))) break;
    }
  } finally {
    sink.close();
    await reader.cancel().catch(() => undefined);
  }
}
