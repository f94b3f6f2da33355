/**
 * A service over the channel "end": each request is a u64 and an event; it answers the sum of all so
 * far and raises the event.
 */
import { NEVER, Sizes, Status, channel_receive, channel_send, event_signal, handle_close, process_exit, startup_handle } from "../sdk/isola";

const BUFFER = memory.data(64);
const HANDLES = memory.data(4);
const OUT = memory.data(4);
const NAME = memory.data<u8>([0x65, 0x6e, 0x64]); // "end"

function check(status: u32): void {
  if (status != Status.ok) process_exit(status);
}

export function _start(): void {
  check(startup_handle(NAME, 3, OUT));
  const end = load<u32>(OUT);
  const sizes = new Sizes();
  let sum: u64 = 0;
  for (;;) {
    const status = channel_receive(end, BUFFER, 64, HANDLES, 1, changetype<usize>(sizes), NEVER);
    if (status == Status.peer_closed) return;
    check(status);
    if (sizes.bytes != 8 || sizes.handles != 1) process_exit(100);
    sum += load<u64>(BUFFER);
    store<u64>(BUFFER, sum);
    check(channel_send(end, BUFFER, 8, 0, 0, NEVER));
    check(event_signal(load<u32>(HANDLES)));
    check(handle_close(load<u32>(HANDLES)));
  }
}
