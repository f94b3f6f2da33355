import assert from "node:assert/strict";
import { test } from "node:test";
import { boot } from "../../src/node.ts";
import { compileAssemblyScript } from "./assembly-script.ts";

test("a service in AssemblyScript, over the generated bindings", { timeout: 60_000 }, async () => {
  await using os = await boot({ cacheFolder: false });
  const program = await os.compile(await compileAssemblyScript("programs/sum-service.ts"), { name: "sum" });
  const [host, end] = os.channel();
  const service = await os.spawn(program, { handles: { end: end.give() } });
  let sum = 0n;
  for (const value of [1n, 2n ** 40n, 5n]) {
    const event = os.event();
    await host.send(new Uint8Array(BigUint64Array.of(value).buffer), [event.handle(["signal"])]);
    const answer = await host.receive();
    sum += value;
    assert.equal(new DataView(answer!.bytes.buffer).getBigUint64(0, true), sum);
    assert.deepEqual(await event.wait("signalled"), ["signalled"]);
    event.close();
  }
  host.close();
  assert.deepEqual(await service.exited, { status: 0 });
});
