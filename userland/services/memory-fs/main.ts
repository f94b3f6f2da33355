/**
 * A file system in memory, as a program: it serves the file service protocol over the channel "files" until
 * the other end is gone. Its own memory limit and `QUOTA` bound what it holds.
 */
import { NEVER, Sizes, Status, channel_receive, channel_send, process_exit, startup_handle } from "../../sdk/isola";
import { Quota } from "./data";
import { Answer, MESSAGE_MAX, Request } from "./protocol";
import { Server } from "./server";

/** Bytes of all files together. */
const QUOTA: u64 = 64 << 20;
const NAME = memory.data<u8>([0x66, 0x69, 0x6c, 0x65, 0x73]); // "files"
const OUT = memory.data(4);

export function _start(): void {
  if (startup_handle(NAME, 5, OUT) != Status.ok) process_exit(1);
  const end = load<u32>(OUT);
  const request = new Request();
  const answer = new Answer();
  const server = new Server(request, answer, new Quota(QUOTA));
  const sizes = new Sizes();
  for (;;) {
    const status = channel_receive(end, request.at, MESSAGE_MAX, 0, 0, changetype<usize>(sizes), NEVER);
    if (status == Status.peer_closed) return;
    if (status != Status.ok) process_exit(2);
    request.length = sizes.bytes;
    // A message that is too short for an id is nobody's.
    if (sizes.bytes < 4) continue;
    answer.begin(request.id);
    const errno = server.serve();
    answer.errno = errno;
    if (errno != 0) answer.dataLength = 0;
    if (request.id == 0) continue;
    if (channel_send(end, answer.at, answer.length, 0, 0, NEVER) != Status.ok) return;
  }
}
