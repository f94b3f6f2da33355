import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RESTART_DEFAULTS, RestartPolicy } from "./restart-policy.ts";
import type { RestartRules } from "./restart-policy.ts";
import { ServiceMachine } from "./service-machine.ts";
import type { LifeRules, ServiceAction, ServiceState } from "./service-machine.ts";

const LIFE: LifeRules = { readiness: "start", startMs: 1000, graceMs: 0, heartbeat: undefined };

/** A service as a model: what the machine asks for is written down, and answered when a step says so. */
class Model {
  readonly machine: ServiceMachine;
  readonly states: ServiceState[] = [];
  readonly reasons: (string | undefined)[] = [];
  now = 0;
  spawning = false;
  alive = false;
  killing = false;
  asked = false;
  pings: number[] = [];
  spawns = 0;

  constructor(life: LifeRules, rules: Partial<RestartRules> = {}) {
    this.machine = new ServiceMachine(life, new RestartPolicy({ ...RESTART_DEFAULTS, jitter: 0, ...rules }, () => 0), (state, reason) => {
      this.states.push(state);
      this.reasons.push(reason);
    });
  }

  do(actions: readonly ServiceAction[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case "spawn":
          assert.ok(!this.spawning && !this.alive, "at most one process");
          this.spawning = true;
          this.spawns++;
          break;
        case "kill":
          assert.ok(this.alive && !this.killing, "what lives is killed, once");
          this.killing = true;
          break;
        case "ask-stop":
          assert.ok(this.alive);
          this.asked = true;
          break;
        case "ping":
          assert.ok(this.alive && !this.killing);
          this.pings.push(action.number);
          break;
      }
    }
    this.check();
  }

  check(): void {
    const { machine } = this;
    assert.equal(machine.busy, this.spawning || this.alive);
    if (machine.state === "ready") assert.ok(this.alive);
    if (machine.state === "stopped" || machine.state === "done" || machine.state === "backoff") assert.ok(!machine.busy);
    // Nothing waits for ever.
    const leads = machine.deadlineMs !== Infinity || this.spawning || this.killing || this.asked;
    if (["starting", "stopping", "backoff"].includes(machine.state)) assert.ok(leads, `${machine.state} leads nowhere`);
  }

  spawned(): void {
    this.spawning = false;
    this.alive = true;
    this.killing = this.asked = false;
    this.do(this.machine.spawned(this.now));
  }
  notSpawned(): void {
    this.spawning = false;
    this.do(this.machine.notSpawned(this.now, "no room"));
  }
  ended(success: boolean): void {
    this.alive = this.killing = this.asked = false;
    this.pings = [];
    this.do(this.machine.ended(success, success ? "exited with status 0" : "a fault", this.now));
  }
  toDeadline(): void {
    this.now = Math.max(this.now, this.machine.deadlineMs === Infinity ? this.now : this.machine.deadlineMs);
    this.do(this.machine.tick(this.now));
  }
}

const lives = fc.record({
  readiness: fc.constantFrom("start", "message", "exit"),
  startMs: fc.integer({ min: 1, max: 1000 }),
  graceMs: fc.constantFrom(0, 50),
  heartbeat: fc.option(fc.record({ periodMs: fc.integer({ min: 1, max: 100 }), timeoutMs: fc.integer({ min: 1, max: 100 }) }), { nil: undefined }),
}) as fc.Arbitrary<LifeRules>;
const steps = fc.array(fc.tuple(fc.constantFrom("start", "stop", "restart", "spawned", "notSpawned", "ready", "pong", "unwell", "ended", "succeeded", "deadline", "early", "giveUp"), fc.integer({ min: 0, max: 300 })), { maxLength: 80, size: "max" });

test("in whatever order things happen, there is one process at most and a way on", () => {
  fc.assert(fc.property(lives, fc.constantFrom("never", "on-failure", "always"), steps, (life, mode, steps) => {
    const model = new Model(life, { mode, firstMs: 10, maxMs: 100, restarts: 4, windowMs: 500 });
    for (const [step, ms] of steps) {
      model.now += ms;
      const { machine, now } = model;
      switch (step) {
        case "start": model.do(machine.start(now)); break;
        case "stop": model.do(machine.stop(now)); break;
        case "restart": model.do(machine.restart(now)); break;
        case "spawned": if (model.spawning) model.spawned(); break;
        case "notSpawned": if (model.spawning) model.notSpawned(); break;
        case "ready": model.do(machine.ready(now)); break;
        case "pong": model.do(machine.pong(model.pings.at(-1) ?? 7, now)); break;
        case "unwell": model.do(machine.unwell(model.pings.at(-1) ?? 7, "ill")); break;
        case "ended": if (model.alive) model.ended(false); break;
        case "succeeded": if (model.alive) model.ended(true); break;
        case "deadline": model.toDeadline(); break;
        case "early": model.do(machine.tick(now)); break;
        case "giveUp": model.do(machine.giveUp("its job was killed")); break;
      }
    }
    // Whatever state it is in: told to stop, with a world that does as it is asked, it comes to rest.
    model.do(model.machine.stop(model.now));
    for (let turn = 0; turn < 20 && model.machine.busy; turn++) {
      if (model.spawning) model.spawned();
      else if (model.killing || model.asked) model.ended(true);
      else model.toDeadline();
    }
    assert.ok(!model.machine.busy);
    assert.ok(["stopped", "failed"].includes(model.machine.state));
    // And it can be started again.
    model.do(model.machine.start(model.now));
    assert.equal(model.machine.state, "starting");
    assert.ok(model.spawning);
  }), { numRuns: 1000 });
});

test("a service that keeps failing is given up when its budget is spent, and says why", () => {
  const model = new Model(LIFE, { mode: "always", restarts: 3, windowMs: 60_000 });
  model.do(model.machine.start(0));
  for (let turn = 0; turn < 10 && model.machine.state !== "failed"; turn++) {
    model.spawned();
    model.ended(false);
    if (model.machine.state === "backoff") model.toDeadline();
  }
  assert.equal(model.machine.state, "failed");
  assert.equal(model.spawns, 4);
  assert.equal(model.machine.restarts, 3);
  assert.match(model.reasons.at(-1)!, /a fault; it was restarted 3 times within 60 s/);
});

test("what does not answer in time is killed and restarted, what answers lives", () => {
  const model = new Model({ ...LIFE, heartbeat: { periodMs: 100, timeoutMs: 50 } }, { mode: "on-failure" });
  model.do(model.machine.start(0));
  model.spawned();
  for (let beat = 0; beat < 5; beat++) {
    model.toDeadline();
    model.now += 49;
    model.do(model.machine.pong(model.pings.at(-1)!, model.now));
  }
  assert.equal(model.machine.state, "ready");
  model.toDeadline();
  model.do(model.machine.pong(model.pings.at(-1)! - 1, model.now));
  model.toDeadline();
  assert.equal(model.killing, true, "an answer to an older question is none");
  model.ended(true);
  assert.equal(model.machine.state, "backoff", "a kill is a failure, whatever its end looks like");
  assert.match(model.reasons.at(-1)!, /did not answer within 0.05 s/);
});

test("one that is not ready in time is killed; one that ends with 0 is ready by that", () => {
  const late = new Model({ ...LIFE, readiness: "message" });
  late.do(late.machine.start(0));
  late.spawned();
  late.toDeadline();
  assert.equal(late.now, 1000);
  assert.equal(late.killing, true);
  const job = new Model({ ...LIFE, readiness: "exit" }, { mode: "never" });
  job.do(job.machine.start(0));
  job.spawned();
  assert.equal(job.machine.state, "starting");
  job.ended(true);
  assert.equal(job.machine.state, "done");
});

test("asked to stop it has its grace, then it is killed", () => {
  const model = new Model({ ...LIFE, graceMs: 200 });
  model.do(model.machine.start(0));
  model.spawned();
  model.do(model.machine.stop(10));
  assert.deepEqual([model.asked, model.killing, model.machine.deadlineMs], [true, false, 210]);
  model.toDeadline();
  assert.equal(model.killing, true);
  model.ended(false);
  assert.equal(model.machine.state, "stopped");
});
