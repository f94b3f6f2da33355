/**
 * A service that answers the requests of many clients, each on a channel of its own: the service's side of
 * what docs/services.md describes. One thread waits for all of them at once, takes one request at a time and
 * never waits for a client: one that does not read its answers loses its connection.
 */
import { Event, NEVER, NOW, Signal, Sizes, Status, channel_receive, channel_send, handle_close, process_exit, startup_handle, wait_set_add, wait_set_create, wait_set_wait } from "./isola";

namespace ToService {
  export const ping: u32 = 1;
  export const stop: u32 = 2;
  export const client: u32 = 3;
}
namespace FromService {
  export const ready: u32 = 1;
  export const pong: u32 = 2;
}

const CONTROL_NAME = memory.data<u8>([0x63, 0x6f, 0x6e, 0x74, 0x72, 0x6f, 0x6c]); // "control"
const CONTROL_MAX: u32 = 256;
const CONTROL_BYTES = memory.data(256, 8);
/** The key of the control channel in the wait set; those of clients are their handles. */
const CONTROL_KEY: u64 = 0;
const EVENTS_MAX: u32 = 16;
const EVENTS = memory.data(256, 8);
const OUT = memory.data(8, 8);
const HANDLE = memory.data(4, 4);

export abstract class Service {
  private control: u32 = 0;
  private set: u32 = 0;
  private clients: u32 = 0;
  private readonly sizes: Sizes = new Sizes();
  private readonly request: usize;
  private readonly answer: usize;

  /** Requests of so many bytes at most, answers too; more clients than `clientsMax` are turned away. */
  constructor(
    private readonly requestMax: u32,
    answerMax: u32,
    private readonly clientsMax: u32,
  ) {
    this.request = heap.alloc(requestMax);
    this.answer = heap.alloc(answerMax);
  }

  /** Writes the answer to `length` bytes at `request` to `answer`, and gives its length; 0 ends the connection. */
  protected abstract serve(offer: u32, request: usize, length: u32, answer: usize): u32;

  /** Says that it is ready, and serves until it is told to stop or its supervisor is gone. */
  run(): void {
    this.control = startup(CONTROL_NAME, 7);
    check(wait_set_create(OUT));
    this.set = load<u32>(OUT);
    check(wait_set_add(this.set, this.control, Signal.readable | Signal.peer_closed, CONTROL_KEY));
    this.tell(FromService.ready, 0);
    for (;;) {
      check(wait_set_wait(this.set, EVENTS, EVENTS_MAX, OUT, NEVER));
      const count = load<u32>(OUT);
      for (let index: u32 = 0; index < count; index++) {
        const event = changetype<Event>(EVENTS + index * offsetof<Event>());
        if (event.key == CONTROL_KEY) {
          if (!this.command()) return;
        } else {
          this.hear(event.key);
        }
      }
    }
  }

  /** One message of the supervisor; false when it is the last. */
  private command(): bool {
    store<u32>(HANDLE, 0);
    const status = channel_receive(this.control, CONTROL_BYTES, CONTROL_MAX, HANDLE, 1, changetype<usize>(this.sizes), NOW);
    if (status == Status.would_block) return true;
    if (status != Status.ok) return false;
    const kind = this.sizes.bytes >= 4 ? load<u32>(CONTROL_BYTES) : 0;
    if (kind == ToService.stop) return false;
    if (kind == ToService.ping && this.sizes.bytes >= 8) this.tell(FromService.pong, load<u32>(CONTROL_BYTES, 4));
    const handle = load<u32>(HANDLE);
    if (kind == ToService.client && this.sizes.bytes >= 8 && handle != 0) this.welcome(handle, load<u32>(CONTROL_BYTES, 4));
    return true;
  }

  private tell(kind: u32, number: u32): void {
    store<u32>(CONTROL_BYTES, kind);
    store<u32>(CONTROL_BYTES, number, 4);
    channel_send(this.control, CONTROL_BYTES, 8, 0, 0, NOW);
  }

  private welcome(client: u32, offer: u32): void {
    const key = <u64>client | (<u64>offer << 32);
    if (this.clients < this.clientsMax && wait_set_add(this.set, client, Signal.readable | Signal.peer_closed, key) == Status.ok) this.clients++;
    else handle_close(client);
  }

  /** One request of a client. Its key is its handle and the offer that it came for. */
  private hear(key: u64): void {
    const client = <u32>key;
    const status = channel_receive(client, this.request, this.requestMax, 0, 0, changetype<usize>(this.sizes), NOW);
    if (status == Status.would_block) return;
    if (status == Status.ok) {
      const length = this.serve(<u32>(key >> 32), this.request, this.sizes.bytes, this.answer);
      if (length != 0 && channel_send(client, this.answer, length, 0, 0, NOW) == Status.ok) return;
    }
    // Gone, too large, with handles that nobody asked for, or it does not read.
    handle_close(client);
    this.clients--;
  }
}

/** The startup handle of this name; the program ends without it. */
export function startup(name: usize, length: u32): u32 {
  check(startup_handle(name, length, OUT));
  return load<u32>(OUT);
}

/** Ends the program with the status when it is not ok. */
export function check(status: u32): void {
  if (status != Status.ok) process_exit(status);
}
