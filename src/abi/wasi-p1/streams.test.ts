import { test } from "node:test";
import assert from "node:assert/strict";
import { BLOCK, createPipe, DIE } from "#kernel";
import { connectionPair, Loopback } from "#net";
import { Errno } from "./errno.ts";
import { Guest } from "./fake-process.test-support.ts";

const NONBLOCK = 4;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("standard input blocks its thread, goes on with what came, and ends", () => {
  const pipe = createPipe();
  const guest = new Guest({ stdin: pipe.source });
  const buffer = guest.alloc(64);
  const out = guest.alloc(4);
  const iovecs = guest.iovecs([buffer, 3], [buffer + 3, 61]);
  const read = (): number => guest.call("fd_read", 0, ...iovecs, out);
  assert.equal(read(), BLOCK);
  assert.equal(guest.process.woken, false);
  pipe.sink.write(bytes("hello"));
  assert.equal(guest.process.resume(), 0);
  assert.equal(guest.string(buffer, guest.u32(out)), "hello");
  assert.equal(read(), BLOCK);
  pipe.sink.close();
  assert.equal(guest.process.resume(), 0);
  assert.equal(guest.u32(out), 0);
  assert.equal(read(), 0);
});

test("a descriptor closed while a thread waits on it is bad when it comes back", () => {
  const pipe = createPipe();
  const guest = new Guest({ stdin: pipe.source });
  assert.equal(guest.call("fd_read", 0, ...guest.iovecs([guest.alloc(8), 8]), guest.alloc(4)), BLOCK);
  assert.equal(guest.call("fd_close", 0), 0);
  assert.equal(guest.process.resume(), Errno.badf);
});

test("a non-blocking descriptor says again", () => {
  const stdin = createPipe();
  const stdout = createPipe(2);
  const guest = new Guest({ stdin: stdin.source, stdout: stdout.sink });
  assert.equal(guest.call("fd_fdstat_set_flags", 0, NONBLOCK), 0);
  assert.equal(guest.call("fd_fdstat_set_flags", 1, NONBLOCK), 0);
  assert.equal(guest.read(0, 4), Errno.again);
  assert.deepEqual(guest.write(1, "abc"), [0, 2]);
  assert.equal(guest.write(1, "c")[0], Errno.again);
});

test("a full pipe blocks the writer and a broken one gives pipe", () => {
  const pipe = createPipe(4);
  const guest = new Guest({ stdout: pipe.sink });
  assert.deepEqual(guest.write(1, "abcdef"), [0, 4]);
  const out = guest.alloc(4);
  assert.equal(guest.call("fd_write", 1, ...guest.iovecs(guest.text("ef")), out), BLOCK);
  pipe.source.read(new Uint8Array(4));
  assert.equal(guest.process.resume(), 0);
  assert.equal(guest.u32(out), 2);
  pipe.source.close();
  assert.equal(guest.write(1, "x")[0], Errno.pipe);
});

test("without streams, reads end and writes vanish but count", () => {
  const guest = new Guest();
  assert.equal(guest.read(0, 10), "");
  assert.deepEqual(guest.write(1, "into the void"), [0, 13]);
  assert.equal(guest.process.output, 13);
});

test("a process over its output limit ends", () => {
  const pipe = createPipe();
  const guest = new Guest({ stdout: pipe.sink });
  guest.process.outputLimit = 5;
  assert.deepEqual(guest.write(1, "12345"), [0, 5]);
  assert.equal(guest.write(1, "6")[0], DIE);
});

test("terminals are character devices without seek and tell, other streams are not", () => {
  const guest = new Guest({ terminals: { stdin: true, stdout: true } });
  const out = guest.alloc(24);
  const kinds = [0, 1, 2].map((fd) => {
    assert.equal(guest.call("fd_fdstat_get", fd, out), 0);
    assert.equal(guest.u64(out + 8) & 0x24n, 0n);
    return guest.bytes[out];
  });
  assert.deepEqual(kinds, [2, 2, 0]);
});

test("one sink given for output and error is closed once, with the last", () => {
  const pipe = createPipe();
  const guest = new Guest({ stdout: pipe.sink, stderr: pipe.sink });
  guest.call("fd_close", 1);
  assert.deepEqual(guest.write(2, "still"), [0, 5]);
  assert.equal(pipe.source.ended, false);
  guest.call("fd_close", 2);
  assert.equal(pipe.source.ended, true);
});

test("all handles closed gives back streams and directories", () => {
  const stdin = createPipe();
  const stdout = createPipe();
  const guest = new Guest({ stdin: stdin.source, stdout: stdout.sink });
  guest.process.handles.closeAll();
  assert.equal(stdin.sink.broken, true);
  assert.equal(stdout.source.ended, true);
  assert.equal(guest.read(0, 1), Errno.badf);
});

test("a granted listener accepts, and the connection moves bytes both ways", () => {
  const listener = new Loopback("local");
  const guest = new Guest({ sockets: [listener] });
  const out = guest.alloc(4);
  assert.equal(guest.call("sock_accept", 3, 0, out), BLOCK);
  const client = listener.connect();
  assert.ok(client !== undefined);
  assert.equal(guest.process.resume(), 0);
  const fd = guest.u32(out);
  assert.equal(fd, 4);
  client.write(bytes("ping"));
  const buffer = guest.alloc(16);
  const flags = guest.alloc(2);
  const receive = (riFlags: number, length: number): number => guest.call("sock_recv", fd, ...guest.iovecs([buffer, length]), riFlags, out, flags);
  assert.equal(receive(1, 2), 0);
  assert.equal(guest.string(buffer, guest.u32(out)), "pi", "a peek leaves the bytes");
  assert.equal(receive(2, 6), BLOCK, "waitall waits for all");
  client.write(bytes("!!"));
  assert.equal(guest.process.resume(), 0);
  assert.equal(guest.string(buffer, guest.u32(out)), "ping!!");
  assert.equal(guest.call("sock_send", fd, ...guest.iovecs(guest.text("pong")), 0, out), 0);
  const into = new Uint8Array(8);
  assert.equal(client.read(into), 4);
  assert.equal(new TextDecoder().decode(into.subarray(0, 4)), "pong");
  assert.equal(guest.process.output, 0, "sockets are not charged as output");
  assert.equal(guest.call("sock_shutdown", fd, 2), 0);
  assert.equal(client.read(into), 0);
  assert.equal(guest.call("sock_send", fd, ...guest.iovecs(guest.text("x")), 0, out), Errno.pipe);
  client.close();
  assert.equal(receive(2, 4), 0);
  assert.equal(guest.u32(out), 0);
});

test("an accept that the handle limit refuses closes the connection", () => {
  const listener = new Loopback("local");
  const guest = new Guest({ sockets: [listener] });
  const client = listener.connect();
  guest.process.handleLimit = guest.process.handles.size;
  assert.equal(guest.call("sock_accept", 3, 0, guest.alloc(4)), Errno.mfile);
  assert.equal(client?.ended, true);
});

test("waitall for more than a connection holds gives what there is", () => {
  const [mine, theirs] = connectionPair("small", 4);
  const guest = new Guest({ sockets: [mine] });
  theirs.write(bytes("1234"));
  const out = guest.alloc(4);
  assert.equal(guest.call("sock_recv", 3, ...guest.iovecs([guest.alloc(8), 8]), 2, out, guest.alloc(2)), 0);
  assert.equal(guest.u32(out), 4);
});
