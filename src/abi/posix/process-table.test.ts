/** Signals, groups and terminals of processes that are no programs: the kernel's side is played here. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { WaitQueue } from "#kernel";
import type { ExitStatus, Process } from "#kernel";
import type { Directory } from "#fs";
import { ProcessTable } from "./process-table.ts";
import type { PosixProcess, PosixProcessOptions } from "./posix-process.ts";
import { POSIX_SIGNALS, PosixSignal, SignalAction, defaultOf } from "./signals.ts";
import { TerminalDevice } from "./terminal/terminal-device.ts";
import { CONTINUED_STATUS, exitedStatus, stoppedStatus, waitStatus } from "./wait-status.ts";

/** What these tests play of a process of the kernel. */
class FakeKernelProcess {
  readonly id: number;
  readonly name = "fake";
  readonly ended = new WaitQueue();
  status: ExitStatus | undefined = undefined;
  stopped = false;
  onAttention: (() => void) | undefined = undefined;
  /** How often it was asked to handle signals. */
  asked = 0;

  constructor(id: number) {
    this.id = id;
  }
  get dying(): boolean {
    return this.status !== undefined;
  }
  end(status: ExitStatus): void {
    if (this.status !== undefined) return;
    this.status = status;
    this.stopped = false;
    this.ended.wakeAll();
  }
  kill(reason: { readonly cause: "signal"; readonly message: string; readonly signal: number }): void {
    this.end({ kind: "killed", reason });
  }
  stop(): void {
    this.stopped = true;
  }
  resume(): void {
    this.stopped = false;
  }
  attend(): void {
    this.asked++;
  }
}

class World {
  readonly table = new ProcessTable({} as Directory, { list: [], mount: () => Promise.resolve(), unmount: () => undefined }, () => Promise.reject(new Error("nothing starts here")));
  readonly #kernels = new Map<PosixProcess, FakeKernelProcess>();
  #next = 10;

  add(parent?: PosixProcess, options: Partial<PosixProcessOptions> = {}, status?: ExitStatus): PosixProcess {
    const kernel = new FakeKernelProcess(this.#next++);
    kernel.status = status;
    const process = this.table.add(kernel as unknown as Process, { parent, argv: ["fake"], cwd: "/", group: parent?.group, session: parent?.session, ...options });
    this.#kernels.set(process, kernel);
    return process;
  }
  kernel(process: PosixProcess): FakeKernelProcess {
    return this.#kernels.get(process)!; // all are made above
  }
  exit(process: PosixProcess, status = 0): void {
    this.kernel(process).end({ kind: "exited", status });
  }
}

const endOf = ({ end }: PosixProcess): number | undefined => end;

describe("processes of a session", () => {
  test("a parent is told of each end once; what it has not taken stays, and goes with it", () => {
    const world = new World();
    const parent = world.add();
    let news = 0;
    const child = world.add(parent);
    parent.news.add({ wake: () => news++, queue: undefined, next: undefined, prev: undefined });
    world.exit(child, 259);
    assert.deepEqual([news, child.end, world.table.size], [1, exitedStatus(3), 2]);
    world.table.reap(child);
    assert.deepEqual([world.table.size, parent.children.size], [1, 0]);
    const [zombie, orphan] = [world.add(parent), world.add(parent)];
    world.exit(zombie);
    world.exit(parent);
    assert.deepEqual([...world.table.processes], [orphan]);
    assert.equal(orphan.parent, undefined);
    world.exit(orphan);
    assert.equal(world.table.size, 0);
  });

  test("children of who ignores CHLD leave nothing; one whose parent has ended is nobody's", () => {
    const world = new World();
    const parent = world.add();
    parent.setAction(PosixSignal.CHLD, SignalAction.ignore);
    world.exit(world.add(parent));
    assert.equal(world.table.size, 1);
    world.exit(parent);
    assert.equal(world.add(parent).parent, undefined);
  });

  test("one that was dead before it was entered is a zombie like any other", () => {
    const world = new World();
    const parent = world.add();
    const dead = world.add(parent, {}, { kind: "exited", status: 5 });
    assert.deepEqual([dead.end, world.table.size, parent.children.size], [5 << 8, 2, 1]);
    world.add(undefined, {}, { kind: "exited", status: 0 });
    assert.equal(world.table.size, 2);
  });

  test("how a process ended", () => {
    const fault = (trap: string | undefined): ExitStatus => ({ kind: "fault", fault: { trap: trap === undefined ? undefined : { trap } } }) as ExitStatus;
    const rows: readonly (readonly [ExitStatus, number])[] = [
      [{ kind: "exited", status: 7 }, 7 << 8],
      [{ kind: "killed", reason: { cause: "signal", message: "", signal: 15 } }, 15],
      [{ kind: "killed", reason: { cause: "cpu limit", message: "" } }, 9],
      [fault("unreachable"), 4], [fault("integer-divide-by-zero"), 8], [fault("out-of-bounds-memory-access"), 11], [fault(undefined), 6],
    ];
    for (const [end, status] of rows) assert.equal(waitStatus(end), status);
  });

  test("a stopped group that nobody could continue any more is hung up", () => {
    const world = new World();
    const shell = world.add();
    const job = world.add(shell, { group: undefined });
    const inside = world.add(job);
    job.signal(PosixSignal.TSTP);
    inside.signal(PosixSignal.TSTP);
    assert.ok(job.stopped && inside.stopped);
    world.exit(shell);
    assert.deepEqual([endOf(job), endOf(inside)], [1, 1]);
    // A group that was not stopped goes on.
    const other = world.add();
    const running = world.add(other, { group: undefined });
    world.exit(other);
    assert.equal(running.end, undefined);
    running.signal(PosixSignal.TSTP);
    assert.equal(running.stopped, false);
    running.signal(PosixSignal.STOP);
    assert.equal(running.stopped, true);
  });

  test("reports of stops and continuations are for those who ask, once", () => {
    const world = new World();
    const child = world.add(world.add(), { group: undefined });
    child.signal(PosixSignal.STOP);
    assert.equal(child.takeReport(false, true), undefined);
    assert.equal(child.takeReport(true, false), stoppedStatus(PosixSignal.STOP));
    assert.equal(child.takeReport(true, true), undefined);
    child.signal(PosixSignal.CONT);
    assert.equal(child.takeReport(true, true), CONTINUED_STATUS);
  });

  test("the terminal: signals go to the foreground, a hang-up to the leader, too; its end frees the terminal", () => {
    const world = new World();
    const terminal = new TerminalDevice();
    const leader = world.add();
    world.table.giveTerminal(leader.session, terminal);
    const job = world.add(leader, { group: undefined });
    const background = world.add(leader, { group: undefined });
    terminal.foreground = job.group;
    terminal.type(Uint8Array.of(3));
    assert.deepEqual([endOf(leader), endOf(job), endOf(background)], [undefined, PosixSignal.INT, undefined]);

    assert.equal(leader.terminalAccess(terminal, "write"), "go");
    assert.equal(background.terminalAccess(terminal, "read"), "signalled");
    assert.ok(background.stopped);
    assert.equal(leader.terminalAccess(terminal, "change"), "refused", "nobody could continue its group");
    leader.setAction(PosixSignal.TTOU, SignalAction.ignore);
    assert.equal(leader.terminalAccess(terminal, "change"), "go");
    leader.setAction(PosixSignal.TTIN, SignalAction.ignore);
    assert.equal(leader.terminalAccess(terminal, "read"), "refused");
    assert.equal(leader.terminalAccess(new TerminalDevice(), "read"), "go");

    const last = world.add(leader, { group: undefined });
    terminal.foreground = last.group;
    terminal.hangUp();
    assert.deepEqual([endOf(leader), endOf(last)], [PosixSignal.HUP, PosixSignal.HUP]);
    assert.equal(terminal.onSignal, undefined);
    assert.equal(world.table.terminalOf(leader.pid), undefined);
  });

  test("signals against a model: ended, stopped, pending and handled are what POSIX says", () => {
    const numbers = POSIX_SIGNALS.map(({ number }) => number);
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant("send" as const), signal: fc.constantFrom(...numbers) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("action" as const), signal: fc.constantFrom(...numbers), action: fc.constantFrom(0, 1, 2) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("block" as const), set: fc.integer() }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("handle" as const) }) },
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const world = new World();
      const shell = world.add();
      const process = world.add(shell, { group: undefined });
      const kernel = world.kernel(process);
      const handled: number[] = [];
      process.handler = (signal) => handled.push(signal);
      const model = new SignalModel();
      for (const one of steps) {
        if (one.kind === "send") {
          process.signal(one.signal);
          model.send(one.signal);
        } else if (one.kind === "action") {
          assert.equal(process.setAction(one.signal, one.action as SignalAction), one.signal !== 9 && one.signal !== 19);
          model.setAction(one.signal, one.action);
        } else if (one.kind === "block") {
          process.setBlocked(one.set);
          model.setBlocked(one.set);
        } else if (kernel.status === undefined && !kernel.stopped) {
          kernel.onAttention?.();
          model.handle();
        }
        if (model.endedBy !== undefined) {
          assert.equal(process.end, model.endedBy);
          return;
        }
        assert.equal(process.end, undefined);
        assert.equal(kernel.stopped, model.stopped);
        assert.deepEqual(handled, model.handled);
        assert.deepEqual(numbers.filter((signal) => (process.pendingSet & (1 << (signal - 1))) !== 0), [...model.pending].filter((signal) => model.isBlocked(signal)).sort((a, b) => a - b));
      }
    }), { numRuns: 400 });
  });
});

/** The rules of signals, written with sets. */
class SignalModel {
  readonly pending = new Set<number>();
  readonly handled: number[] = [];
  stopped = false;
  endedBy: number | undefined = undefined;
  readonly #actions = new Map<number, number>();
  #blocked = 0;

  isBlocked(signal: number): boolean {
    return signal !== 9 && signal !== 19 && (this.#blocked & (1 << (signal - 1))) !== 0;
  }
  send(signal: number): void {
    if (signal === 9) return void (this.endedBy = 9);
    if (signal === 18) {
      for (const stop of [20, 21, 22]) this.pending.delete(stop);
      this.stopped = false;
    }
    if ([19, 20, 21, 22].includes(signal)) this.pending.delete(18);
    if (signal === 19) return void (this.stopped = true);
    if (!this.#isDropped(signal)) this.pending.add(signal);
    this.#settle();
  }
  setAction(signal: number, action: number): void {
    if (signal === 9 || signal === 19) return;
    this.#actions.set(signal, action);
    if (this.#isDropped(signal)) this.pending.delete(signal);
    this.#settle();
  }
  setBlocked(set: number): void {
    this.#blocked = set;
    this.#settle();
  }
  handle(): void {
    for (;;) {
      const ready = [...this.pending].filter((signal) => this.#actions.get(signal) === 2 && !this.isBlocked(signal)).sort((a, b) => a - b);
      if (ready.length === 0) return;
      this.pending.delete(ready[0]!);
      this.handled.push(ready[0]!);
    }
  }

  #isDropped(signal: number): boolean {
    const action = this.#actions.get(signal) ?? 0;
    return action === 1 || (action === 0 && ["ignore", "continue"].includes(defaultOf(signal)));
  }
  /** Signals with their default act at once unless they are blocked or it is stopped, the lowest first. */
  #settle(): void {
    for (const signal of [...this.pending].sort((a, b) => a - b)) {
      if (this.stopped || this.endedBy !== undefined) return;
      if (this.isBlocked(signal) || (this.#actions.get(signal) ?? 0) !== 0) continue;
      this.pending.delete(signal);
      if (defaultOf(signal) === "end") this.endedBy = signal;
      else {
        this.stopped = true;
        this.pending.delete(18);
      }
    }
  }
}
