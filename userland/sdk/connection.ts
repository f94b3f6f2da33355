/**
 * A client's connection to a service of its manifest. The service may end at any time and come back as another
 * process: what was under way is lost then, nobody knows whether it was done, and the next call goes to the new one.
 */
import { Sizes, Status, channel_receive, channel_send, handle_close } from "./isola";
import { check, startup } from "./service";

/** As the supervisor answers. */
export namespace ConnectStatus {
  export const ok: u32 = 0;
  export const failed: u32 = 1;
  export const stopped: u32 = 2;
  export const busy: u32 = 3;
  export const limit: u32 = 4;
}

const ANSWER = memory.data(8, 4);
const HANDLE = memory.data(4, 4);

export class Connection {
  private readonly supervisor: u32;
  private channel: u32 = 0;
  private readonly sizes: Sizes = new Sizes();
  /** The process of the service that the connection leads to. */
  generation: u32 = 0;
  /** How often it was made. */
  made: u32 = 0;

  /** The name of the use in the manifest. */
  constructor(name: usize, length: u32) {
    this.supervisor = startup(name, length);
  }

  /**
   * Sends `length` bytes at `request`, and waits for the answer, `max` bytes at most, until `deadline`. Gives its length, or 0
   * when there was none: the service ended, did not answer in time, or cannot be had, as `status` tells.
   */
  call(request: usize, length: u32, answer: usize, max: u32, deadline: i64): u32 {
    if (this.channel == 0 && this.connect(deadline) != ConnectStatus.ok) return 0;
    if (channel_send(this.channel, request, length, 0, 0, deadline) == Status.ok && channel_receive(this.channel, answer, max, 0, 0, changetype<usize>(this.sizes), deadline) == Status.ok) {
      return this.sizes.bytes;
    }
    // A late answer must not be taken for that of the next call.
    this.close();
    return 0;
  }

  /** Asks for a connection; waits while the service is being started. */
  connect(deadline: i64): u32 {
    this.close();
    check(channel_send(this.supervisor, 0, 0, 0, 0, deadline));
    store<u32>(HANDLE, 0);
    check(channel_receive(this.supervisor, ANSWER, 8, HANDLE, 1, changetype<usize>(this.sizes), deadline));
    this.channel = load<u32>(HANDLE);
    this.generation = load<u32>(ANSWER, 4);
    const status = load<u32>(ANSWER);
    // It may have ended while its channel was on its way.
    if (status == ConnectStatus.ok) this.made++;
    this.status = status;
    return status;
  }

  /** What became of the last attempt to connect. */
  status: u32 = ConnectStatus.ok;

  close(): void {
    if (this.channel != 0) handle_close(this.channel);
    this.channel = 0;
  }
}
