/**
 * The kernel calls of Isola for AssemblyScript. Written by tools/generate.ts; docs/syscalls.md says
 * what each means. Every call answers a `Status`.
 */

/** A deadline that never passes. */
export const NEVER: i64 = -1;
/** A deadline that does not block. */
export const NOW: i64 = 0;
/** For `handle_duplicate`: the rights of the first handle. */
export const SAME_RIGHTS: u32 = 0xffff_ffff;

export namespace Status {
  /** The call did what it says. */
  export const ok: u32 = 0;
  /** No such handle: never given, closed, moved away or revoked. */
  export const bad_handle: u32 = 1;
  /** The handle names an object of another kind. */
  export const wrong_kind: u32 = 2;
  /** The handle lacks a right that the call needs. */
  export const missing_rights: u32 = 3;
  /** An address range lies outside of the caller's memory. */
  export const bad_address: u32 = 4;
  /** An argument has a value that makes no sense here. */
  export const invalid_argument: u32 = 5;
  /** Nothing to do now, and the deadline was 0. */
  export const would_block: u32 = 6;
  /** The deadline passed first. */
  export const timed_out: u32 = 7;
  /** The other end is gone; of what it sent, nothing is left. */
  export const peer_closed: u32 = 8;
  /** What is there does not fit into the buffers given; it stays, and the sizes were written. */
  export const buffer_too_small: u32 = 9;
  /** An account, of the process or of a job above it, refuses more. */
  export const limit: u32 = 10;
  /** The message can never fit into this channel. */
  export const too_large: u32 = 11;
  /** Nothing has this name or key. */
  export const not_found: u32 = 12;
  /** The key is taken. */
  export const exists: u32 = 13;
  /** The message would keep itself alive: a channel end would wait in a queue that only it leads to. */
  export const cycle: u32 = 14;
  /** The program was not given this power. */
  export const denied: u32 = 15;
  /** The job was killed; nothing can be made in it. */
  export const killed: u32 = 16;
  /** The host has no room. */
  export const no_room: u32 = 17;
  /** The image cannot be started so: it imports what it was not given, or is no program. */
  export const bad_image: u32 = 18;
}

export namespace Right {
  /** make another handle on the object, with the same rights or fewer */
  export const duplicate: u32 = 1;
  /** move the handle through a channel */
  export const transfer: u32 = 2;
  /** wait for signals of the object */
  export const wait: u32 = 4;
  /** receive from a channel; read a memory object; import it read-only; start an image */
  export const read: u32 = 8;
  /** send into a channel; set a timer; change a wait set; write a memory object; import it writable */
  export const write: u32 = 16;
  /** raise and lower the signal of an event */
  export const signal: u32 = 32;
  /** end the process, or all processes of the job */
  export const kill: u32 = 64;
  /** read status and usage */
  export const inspect: u32 = 128;
  /** make jobs and processes below the job */
  export const create: u32 = 256;
  /** close every handle that was derived from this one, wherever it is */
  export const revoke: u32 = 512;
}

export namespace Signal {
  /** a message is there; a ready entry is in the wait set */
  export const readable: u32 = 1;
  /** there is room for a message; after a send found none, room for that message */
  export const writable: u32 = 2;
  /** the other end of the channel is gone */
  export const peer_closed: u32 = 4;
  /** the event was raised; the timer's deadline has passed */
  export const signalled: u32 = 8;
  /** the process is dead; the job was killed and is empty */
  export const ended: u32 = 16;
}

export namespace Kind {
  export const channel: u32 = 1;
  export const event: u32 = 2;
  export const timer: u32 = 3;
  export const wait_set: u32 = 4;
  export const memory: u32 = 5;
  export const process: u32 = 6;
  export const job: u32 = 7;
  export const image: u32 = 8;
}

/** What a handle is. 12 bytes. */
@unmanaged
export class Info {
  kind: u32 = 0; // at 0
  rights: u32 = 0; // at 4
  signals: u32 = 0; // at 8
}

/** Sizes of the next message. 8 bytes. */
@unmanaged
export class Sizes {
  bytes: u32 = 0; // at 0
  handles: u32 = 0; // at 4
}

/** A ready entry of a wait set, with the signals that are up. 16 bytes. */
@unmanaged
export class Event {
  key: u64 = 0; // at 0
  signals: u32 = 0; // at 8
  reserved: u32 = 0; // at 12
}

/** How a process is: 0 lives, 1 exited with status, 2 faulted, 3 killed. 8 bytes. */
@unmanaged
export class State {
  state: u32 = 0; // at 0
  status: u32 = 0; // at 4
}

/** What a process, with its threads as members, or a job, with its processes, uses. 40 bytes. */
@unmanaged
export class Usage {
  cpu_ns: u64 = 0; // at 0
  memory: u64 = 0; // at 8
  peak_memory: u64 = 0; // at 16
  output: u64 = 0; // at 24
  handles: u32 = 0; // at 32
  members: u32 = 0; // at 36
}

/** Limits of a job, all bits set for none; its share of the processor among its siblings, 1 to 10,000, 0 for the usual 100. 64 bytes. */
@unmanaged
export class Limits {
  memory: u64 = 0; // at 0
  processes: u64 = 0; // at 8
  threads: u64 = 0; // at 16
  handles: u64 = 0; // at 24
  output: u64 = 0; // at 32
  storage: u64 = 0; // at 40
  cpu_ns: u64 = 0; // at 48
  weight: u32 = 0; // at 56
  reserved: u32 = 0; // at 60
}

/** Closes a handle. The object goes with its last handle. */
@external("isola", "handle_close")
export declare function handle_close(handle: u32): u32;

/** Makes another handle on the same object with these rights, all of which the first must have; all bits set stand for the same rights. Revoking the first closes it. */
@external("isola", "handle_duplicate")
export declare function handle_duplicate(handle: u32, rights: u32, made: usize): u32;

/** Leaves a handle with no more than these rights. */
@external("isola", "handle_restrict")
export declare function handle_restrict(handle: u32, rights: u32): u32;

/** Closes every handle that was derived from this one, in whichever process or message; this one stays. */
@external("isola", "handle_revoke")
export declare function handle_revoke(handle: u32): u32;

/** Says what a handle is. */
@external("isola", "handle_info")
export declare function handle_info(handle: u32, info: usize): u32;

/** Makes a channel that holds so many messages and bytes in each direction, and a handle on each end. */
@external("isola", "channel_create")
export declare function channel_create(messages: u32, size: u32, first: usize, second: usize): u32;

/** Sends a message to the other end, or blocks until there is room. Handles move: they need the right to, and are the sender's no more when the answer is ok. */
@external("isola", "channel_send")
export declare function channel_send(end: u32, bytes: usize, bytes_length: usize, handles: usize, handles_count: u32, deadline: i64): u32;

/** Receives the next message, or blocks until there is one. The sizes are written also when the buffers are too small. A handle that was revoked on its way is 0. */
@external("isola", "channel_receive")
export declare function channel_receive(end: u32, bytes: usize, bytes_length: usize, handles: usize, handles_count: u32, sizes: usize, deadline: i64): u32;

/** Makes an event, not signalled. */
@external("isola", "event_create")
export declare function event_create(made: usize): u32;

/** Raises the event's signal until it is cleared. */
@external("isola", "event_signal")
export declare function event_signal(event: u32): u32;

/** Lowers the event's signal. */
@external("isola", "event_clear")
export declare function event_clear(event: u32): u32;

/** Makes a timer that is not set. */
@external("isola", "timer_create")
export declare function timer_create(made: usize): u32;

/** Lowers the signal and raises it at the deadline, and with a period above 0 after each clear at the next multiple. */
@external("isola", "timer_set")
export declare function timer_set(timer: u32, deadline: i64, period: i64): u32;

/** Lowers the signal and says how many deadlines passed since the last time. */
@external("isola", "timer_clear")
export declare function timer_clear(timer: u32, passed: usize): u32;

/** Lowers the signal and stops the timer. */
@external("isola", "timer_cancel")
export declare function timer_cancel(timer: u32): u32;

/** Blocks until one of the signals is up; writes those that are. */
@external("isola", "wait_one")
export declare function wait_one(handle: u32, signals: u32, deadline: i64, seen: usize): u32;

/** Makes an empty wait set. Its handle stays in this process. */
@external("isola", "wait_set_create")
export declare function wait_set_create(made: usize): u32;

/** Watches the signals through the handle, with which the entry goes. A key names one entry of a set. */
@external("isola", "wait_set_add")
export declare function wait_set_add(set: u32, handle: u32, signals: u32, key: u64): u32;

/** Takes an entry out. */
@external("isola", "wait_set_remove")
export declare function wait_set_remove(set: u32, key: u64): u32;

/** Blocks until an entry is ready; reports as many as fit. One that stays ready is reported again, behind all others. */
@external("isola", "wait_set_wait")
export declare function wait_set_wait(set: u32, events: usize, events_count: u32, count: usize, deadline: i64): u32;

/** Makes a memory object of so many pages of 64 KiB, all zero. */
@external("isola", "memory_create")
export declare function memory_create(pages: u32, made: usize): u32;

/** Says how many pages it has. */
@external("isola", "memory_size")
export declare function memory_size(memory: u32, pages: usize): u32;

/** Copies out of a memory object. */
@external("isola", "memory_read")
export declare function memory_read(memory: u32, offset: u64, into: usize, into_length: usize): u32;

/** Copies into a memory object. */
@external("isola", "memory_write")
export declare function memory_write(memory: u32, offset: u64, from: usize, from_length: usize): u32;

/** Ends a process, whatever it does. */
@external("isola", "process_kill")
export declare function process_kill(process: u32): u32;

/** Says whether a process lives, or how it ended. */
@external("isola", "process_state")
export declare function process_state(process: u32, state: usize): u32;

/** Says what a process uses. */
@external("isola", "process_usage")
export declare function process_usage(process: u32, usage: usize): u32;

/** Starts an image in a job, with arguments and handles by name, as many as there are names. It has no files and no standard streams. The handles move, and are gone also when it cannot be started. */
@external("isola", "process_create")
export declare function process_create(image: u32, job: u32, args: usize, args_length: usize, names: usize, names_length: usize, handles: usize, handles_count: u32, made: usize): u32;

/** Makes a job below another. It goes when its last handle has and nothing runs in it. */
@external("isola", "job_create")
export declare function job_create(parent: u32, limits: usize, made: usize): u32;

/** Ends every process in a job and below it; nothing can be made in it any more. */
@external("isola", "job_kill")
export declare function job_kill(job: u32): u32;

/** Says what a job and all below it use. */
@external("isola", "job_usage")
export declare function job_usage(job: u32, usage: usize): u32;

/** Reads a clock, in nanoseconds. */
@external("isola", "clock_read")
export declare function clock_read(clock: u32, time: usize): u32;

/** Lets other threads run first. */
@external("isola", "thread_yield")
export declare function thread_yield(): u32;

/** Finds a handle that the program was started with. */
@external("isola", "startup_handle")
export declare function startup_handle(name: usize, name_length: usize, handle: usize): u32;

/** Ends the calling process. */
@external("isola", "process_exit")
export declare function process_exit(status: u32): u32;
