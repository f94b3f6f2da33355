import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BLOCK } from "#kernel";
import { PARAM_KINDS } from "../posix/calls-table.ts";
import { Errno } from "../wasi-p1/errno.ts";
import { FakeProcess } from "../wasi-p1/fake-process.test-support.ts";
import { createWasiP1 } from "../wasi-p1/wasi.ts";
import type { WasiP1Options } from "../wasi-p1/wasi.ts";
import { createAgentos } from "./agentos.ts";
import type { Agentos } from "./agentos.ts";
import { AGENTOS_CALLS, agentosCall } from "./calls-table.ts";

interface Subject {
  readonly process: FakeProcess;
  readonly memory: DataView;
  call(module: string, name: string, ...args: number[]): number;
}

function subject(options: WasiP1Options = {}): Subject {
  const process = new FakeProcess();
  const wasi = createWasiP1(process, options);
  const memory = new WebAssembly.Memory({ initial: 1 });
  wasi.attach(memory);
  const agentos: Agentos = createAgentos(wasi.state);
  return { process, memory: new DataView(memory.buffer), call: (module, name, ...args) => (agentos.find(module, name)!.call as (...args: number[]) => number)(...args) };
}

describe("the table of calls of agentOS's packages", () => {
  test("parameters are of known kinds; a name has one row, but for the two forms of proc_waitpid", () => {
    for (const { name, params } of AGENTOS_CALLS) for (const { kind } of params) assert.ok(kind in PARAM_KINDS, `${name}: ${kind}`);
    const names = AGENTOS_CALLS.map(({ module, name }) => `${module}.${name}`);
    assert.deepEqual(names.filter((name, index) => names.indexOf(name) !== index), ["host_process.proc_waitpid"]);
  });

  test("of two forms the type decides, and any other type gets the first", () => {
    const ofParams = (count: number) => agentosCall("host_process", "proc_waitpid", { kind: "func", params: Array.from({ length: count }, () => "i32" as const), results: ["i32"] });
    assert.equal(ofParams(3)?.params.length, 3);
    assert.equal(ofParams(4)?.params.length, 4);
    assert.equal(ofParams(5)?.params.length, 3);
    assert.equal(agentosCall("host_process", "constructor"), undefined);
    assert.equal(agentosCall("host_net", "net_socket"), undefined);
  });
});

describe("outside of a session", () => {
  test("processes and their descriptors answer nosys, whatever the arguments are; modes are not known", () => {
    const { call } = subject();
    for (const { module, name, type, answer } of AGENTOS_CALLS) {
      if (module === "host_user" || name === "sleep_ms") continue;
      assert.equal(call(module, name, ...type.params.map(() => -1)), answer === "mode" ? 0 : Errno.nosys, name);
    }
  });

  test("what is a terminal", () => {
    const { call, memory } = subject({ terminals: { stdout: true } });
    for (const [fd, answer] of [[0, 0], [1, 1], [2, 0]] as const) {
      memory.setUint32(8, 7, true);
      assert.equal(call("host_user", "isatty", fd, 8), Errno.success);
      assert.equal(memory.getUint32(8, true), answer, String(fd));
    }
    assert.equal(call("host_user", "isatty", 9, 8), Errno.badf);
    assert.equal(call("host_user", "isatty", 1, 0xffff_fffe), Errno.fault);
  });

  test("who the user is", () => {
    const { call, memory } = subject({ env: [["USER", "ada:x\ny"], ["HOME", "/home/ada"]] });
    for (const name of ["getuid", "getgid", "geteuid", "getegid"]) {
      assert.equal(call("host_user", name, 4), Errno.success);
      assert.equal(memory.getUint32(4, true), 1000, name);
      assert.equal(call("host_user", name, -1), Errno.fault);
    }
    const line = (capacity: number): string => {
      assert.equal(call("host_user", "getpwuid", 1000, 64, capacity, 4), Errno.success);
      return new TextDecoder().decode(new Uint8Array(memory.buffer, 64, memory.getUint32(4, true)));
    };
    assert.equal(line(100), "ada_x_y:x:1000:1000::/home/ada:/bin/sh");
    assert.equal(line(5), "ada_x");
    assert.equal(line(0), "");
    assert.equal(call("host_user", "getpwuid", 1, 64, 100, 4), Errno.noent);
    assert.equal(call("host_user", "getpwuid", 1000, 64, -1, 4), Errno.fault);
    assert.equal(call("host_user", "getpwuid", 1000, 64, 100, 0xffff_fffd), Errno.fault);
  });

  test("sleeping takes as long as it should", () => {
    const { call, process } = subject();
    assert.equal(call("host_process", "sleep_ms", 1500), BLOCK);
    assert.equal(process.blocked?.wait?.deadlineMs, process.nowMs + 1500);
    assert.equal(call("host_process", "sleep_ms", -1), BLOCK);
    assert.equal(process.blocked?.wait?.deadlineMs, process.nowMs + 0xffff_ffff);
  });
});
