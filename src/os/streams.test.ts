import assert from "node:assert/strict";
import { test } from "node:test";
import { createPipe } from "#kernel";
import { Output, inputStream } from "./streams.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("what is written while the reader waits arrives in one piece", async () => {
  const { source, sink } = createPipe();
  const reader = new Output(source).getReader();
  const first = reader.read();
  await Promise.resolve();
  sink.write(bytes("ready\n"));
  assert.deepEqual((await first).value, bytes("ready\n"));
  sink.write(bytes("one "));
  sink.write(bytes("two"));
  assert.deepEqual((await reader.read()).value, bytes("one two"));
  const last = reader.read();
  sink.close();
  assert.deepEqual(await last, { done: true, value: undefined });
});

test("a stream larger than the pipe goes through it whole", async () => {
  const { source, sink } = createPipe(1000);
  const data = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
  const writer = inputStream(sink).getWriter();
  const writing = writer.write(data).then(() => writer.close());
  assert.deepEqual(await new Output(source).bytes(), data);
  await writing;
});

test("a reader that cancels breaks the writer", async () => {
  const { source, sink } = createPipe(10);
  const writer = inputStream(sink).getWriter();
  await new Output(source).cancel();
  await assert.rejects(writer.write("x"), /no longer reads/);
});
