/**
 * One service as it runs: does what its state machine says, with processes, timers and channels.
 *
 * Each process has a job of its own below the service's, so what it has started ends with it: the next one is
 * started only when that job is empty (INV-16). Interfaces outlive processes: a new one is put behind them.
 */
import { IsolaError, reasonText } from "#base";
import { Charges } from "#kernel";
import type { Job } from "#kernel";
import { exitReport } from "../exit.ts";
import type { Exit } from "../exit.ts";
import type { Process } from "../guest-process.ts";
import type { HandleGift, HostChannel } from "../handles.ts";
import type { Interface } from "../interface.ts";
import type { Program } from "../program.ts";
import type { SpawnOptions } from "../spawn-options.ts";
import { woken } from "../streams.ts";
import type { System } from "../system.ts";
import { serveConnector } from "./connector.ts";
import { CONNECTOR_LIMITS, CONTROL_LIMITS, parseFromService, pingMessage, stopMessage } from "./control-message.ts";
import { HeartbeatProbe } from "./heartbeat-probe.ts";
import { readLines } from "./output-lines.ts";
import { CONTROL_HANDLE } from "./plan.ts";
import type { ChannelPlan, ServicePlan, UsePlan } from "./plan.ts";
import { RestartPolicy } from "./restart-policy.ts";
import { ServiceMachine } from "./service-machine.ts";
import type { ServiceAction, ServiceState } from "./service-machine.ts";
import type { ServiceStatus } from "./status.ts";

/** What services share, and what they know of each other. */
export interface ServiceHome {
  readonly system: System;
  /** The job of all of them. */
  readonly job: Job;
  /** 0 up to 1, for jitter. */
  readonly random: () => number;
  service(name: string): Service;
  program(plan: ServicePlan): Program;
  /** Handles and mounts as the plan says; the handles are the caller's. @throws IsolaError */
  grant(plan: ServicePlan, ownJob: Job): { readonly handles: Record<string, HandleGift>; readonly fs: NonNullable<SpawnOptions["fs"]> };
  /** A fault in full, for people. */
  fault(service: Service, report: string): void;
  changed(service: Service, state: ServiceState, reason: string | undefined): void;
  /** A line that it wrote; nothing more is read from it until this is done. */
  output(service: Service, line: string): Promise<unknown> | undefined;
}

/** States in which it has come to rest: it is there, or it will not be. */
const SETTLED: readonly ServiceState[] = ["ready", "done", "failed", "stopped"];

export class Service {
  readonly plan: ServicePlan;
  readonly job: Job;
  readonly #home: ServiceHome;
  readonly #machine: ServiceMachine;
  /** For the channels between it and its supervisor. */
  readonly #charges: Charges;
  /** For its connections, by use. */
  readonly #connections = new Map<UsePlan, Charges>();
  /** By the names of its offers of functions, from their first process on. */
  readonly #interfaces = new Map<string, Interface>();
  generation = 0;
  process: Process | undefined = undefined;
  /** How the last process ended. */
  lastExit: Exit | undefined = undefined;
  /** Appended to its arguments. */
  extraArgs: readonly string[] = [];
  /** Undefined when the heartbeat, if there is one, goes over the control channel. */
  readonly #probe: HeartbeatProbe | undefined;
  control: HostChannel | undefined = undefined;
  /** The job of the process that lives. */
  #generationJob: Job | undefined = undefined;
  #reason: string | undefined = undefined;
  #sinceMs: number;
  #cancelTimer: (() => void) | undefined = undefined;
  #closed = false;
  /** Those who wait for what it needs, to start it then. */
  #waiting = 0;
  /** Called once at the next change. */
  #waiters: (() => void)[] = [];

  constructor(plan: ServicePlan, home: ServiceHome) {
    this.plan = plan;
    this.#home = home;
    this.#sinceMs = home.system.machine.now();
    this.job = home.system.createJob({ name: plan.name, limits: plan.job, ...(plan.weight === undefined ? {} : { weight: plan.weight }) }, home.job);
    this.#charges = new Charges(this.job.account);
    for (const use of plan.uses.values()) this.#connections.set(use, new Charges(this.job.account));
    this.#probe = heartbeatProbe(plan, home);
    this.#machine = new ServiceMachine(plan.life, new RestartPolicy(plan.restart, home.random), (state, reason) => this.#changed(state, reason));
  }

  get name(): string {
    return this.plan.name;
  }
  get state(): ServiceState {
    return this.#machine.state;
  }
  get closed(): boolean {
    return this.#closed;
  }

  /** It is to be started once what it needs is ready. */
  get waiting(): boolean {
    return this.#waiting > 0;
  }
  /** Runs `task`, which waits for what the service needs. */
  async whileWaiting(task: () => Promise<void>): Promise<void> {
    this.#waiting++;
    try {
      await task();
    } finally {
      this.#waiting--;
      this.#wake();
    }
  }

  status(): ServiceStatus {
    return {
      name: this.name,
      state: this.waiting && !this.#machine.busy ? "waiting" : this.state,
      pid: this.process?.id,
      generation: this.generation,
      restarts: this.#machine.restarts,
      reason: this.#reason,
      forMs: this.#now() - this.#sinceMs,
    };
  }

  start(): void {
    if (!this.#closed) this.#perform(this.#machine.start(this.#now()));
  }
  stop(reason?: string): void {
    this.#perform(this.#machine.stop(this.#now(), reason));
  }
  restart(reason?: string): void {
    if (!this.#closed) this.#perform(this.#machine.restart(this.#now(), reason));
  }
  giveUp(reason: string): void {
    this.#perform(this.#machine.giveUp(reason));
  }

  /** Ends it at once and for ever. Resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#machine.giveUp("the system is closing");
    this.#generationJob?.kill({ cause: "shutdown", message: "the system is closing" });
    await this.process?.exited;
  }

  /** Resolves when its state is one of `states`, or at the next change of state after `signal` said so. */
  async reached(states: readonly ServiceState[] = SETTLED): Promise<ServiceState> {
    while (!states.includes(this.state) && !this.#closed) await this.nextChange();
    return this.state;
  }

  nextChange(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** An offer of functions, for a client that is being started. Undefined until the first process has offered it. */
  interface(offer: string): Interface | undefined {
    return this.#interfaces.get(offer);
  }

  #now(): number {
    return this.#home.system.machine.now();
  }

  #changed(state: ServiceState, reason: string | undefined): void {
    this.#reason = reason;
    this.#sinceMs = this.#now();
    if (!this.#closed) this.#home.changed(this, state, reason);
    this.#wake();
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }

  /** Does what the machine says, then waits for its deadline. */
  #perform(actions: readonly ServiceAction[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case "spawn":
          background(this.#home.system, this.#spawn());
          break;
        case "ping":
          background(this.#home.system, this.#ping(action.number));
          break;
        case "ask-stop":
          this.#tell(stopMessage());
          break;
        case "kill":
          this.#generationJob?.kill({ cause: "request", message: action.reason });
          break;
      }
    }
    this.#arm();
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const { deadlineMs, state } = this.#machine;
    if (this.#closed || deadlineMs === Infinity) return;
    const ms = Math.max(0, deadlineMs - this.#now());
    // A heartbeat alone is no reason for the host to stay.
    this.#cancelTimer = this.#home.system.machine.timer(ms, () => this.#perform(this.#machine.tick(this.#now())), state !== "ready");
  }

  async #spawn(): Promise<void> {
    let started: { readonly process: Process; readonly job: Job };
    try {
      started = await this.#makeProcess();
    } catch (error) {
      if (!(error instanceof IsolaError)) this.#home.system.reportBug(error);
      this.#perform(this.#machine.notSpawned(this.#now(), `it cannot be started: ${reasonText(error)}`));
      return;
    }
    const { process, job } = started;
    this.process = process;
    this.#generationJob = job;
    this.generation++;
    if (this.plan.output === "log") this.#readOutput(process);
    background(this.#home.system, process.exited.then((exit) => this.#ended(exit, job)));
    if (this.#closed) job.kill({ cause: "shutdown", message: "the system is closing" });
    this.#perform(this.#machine.spawned(this.#now()));
    // Not before: what it said meanwhile waits in the channel.
    if (this.control !== undefined) background(this.#home.system, this.#listen(this.control));
  }

  async #makeProcess(): Promise<{ readonly process: Process; readonly job: Job }> {
    const { plan } = this;
    const { system } = this.#home;
    const { killed } = this.job;
    if (killed !== undefined) {
      this.giveUp(`its job was killed: ${killed.message}`);
      throw new JobKilledError(killed.message);
    }
    const program = this.#home.program(plan);
    const job = system.createJob({ name: String(this.generation + 1) }, this.job);
    let handles: Record<string, HandleGift> = {};
    const ours: HostChannel[] = [];
    const connectors: (readonly [HostChannel, UsePlan])[] = [];
    try {
      const granted = this.#home.grant(plan, job);
      ({ handles } = granted);
      const imports: Record<string, Interface> = {};
      for (const [name, use] of plan.uses) {
        const other = this.#home.service(use.service);
        if (other.plan.offers.get(use.offer)?.kind === "functions") {
          const offered = other.interface(use.offer);
          if (offered === undefined) throw new NotOfferedError(use);
          imports[name] = offered;
        } else {
          const [ask, give] = system.channel({ ...CONNECTOR_LIMITS, charges: this.#charges });
          ours.push(ask);
          handles[name] = give.give();
          connectors.push([ask, use]);
        }
      }
      let control: HostChannel | undefined;
      if (plan.control) {
        const [mine, theirs] = system.channel({ ...CONTROL_LIMITS, charges: this.#charges });
        ours.push((control = mine));
        handles[CONTROL_HANDLE] = theirs.give();
      }
      const log = plan.output === "log" ? "pipe" : plan.output;
      const process = await system.spawn(program, {
        name: plan.name, args: [...plan.args, ...this.extraArgs], env: plan.env, fs: granted.fs, handles, imports, job, limits: plan.limits,
        stdin: plan.input, stdout: log, stderr: log, hart: plan.hart, clocks: plan.clocks, entropy: plan.entropy, history: true,
        service: [...plan.offers.values()].some(({ kind }) => kind === "functions"),
      });
      handles = {};
      try {
        this.#offer(process);
      } catch (error) {
        job.kill({ cause: "request", message: "it does not export what it offers" });
        await process.exited;
        throw error;
      }
      this.control = control;
      for (const [ask, use] of connectors) {
        const other = this.#home.service(use.service);
        const offer = other.plan.offers.get(use.offer) as ChannelPlan; // functions are imported
        background(system, serveConnector(system, ask, other, { name: this.name, charges: this.#connections.get(use)! }, offer));
      }
      return { process, job };
    } catch (error) {
      for (const gift of Object.values(handles)) gift.discard();
      for (const channel of ours) channel.close();
      job.abandon();
      throw error;
    }
  }

  /** Puts the process behind what the service offers. @throws InterfaceError */
  #offer(process: Process): void {
    for (const [name, offer] of this.plan.offers) {
      if (offer.kind !== "functions") continue;
      const known = this.#interfaces.get(name);
      if (known !== undefined) known.rebind(process);
      else this.#interfaces.set(name, process.offer({ ...offer.options, name: `${this.name}/${name}` }));
    }
    this.#probe?.bind(process);
  }

  #readOutput({ stdout, stderr }: Process): void {
    for (const stream of [stdout, stderr]) {
      if (stream !== undefined) background(this.#home.system, readLines(stream, (line) => this.#home.output(this, line)));
    }
  }

  async #ended(exit: Exit, job: Job): Promise<void> {
    this.lastExit = exit;
    if (exit.fault !== undefined) this.#home.fault(this, exitReport(exit, this.name).slice(`${this.name}: `.length));
    this.control?.close();
    this.control = undefined;
    this.#probe?.end();
    job.kill({ cause: "job", message: `${this.name} has ended` });
    while (job.account.used("processes") > 0) await woken(job.quiet);
    job.abandon();
    this.process = undefined;
    this.#generationJob = undefined;
    if (this.job.killed !== undefined && !this.#closed) this.giveUp(`its job was killed: ${this.job.killed.message}`);
    const reason = exit.status === undefined ? exitReport(exit, "it").replace(/^it: /, "").split("\n")[0] ?? "" : `exited with status ${exit.status}`;
    this.#perform(this.#machine.ended(exit.status === 0, reason, this.#now()));
  }

  /** Says something on the control channel. A service that does not listen is found out by its deadlines. */
  #tell(message: Uint8Array): void {
    const control = this.control;
    if (control !== undefined && control.signals.includes("writable")) control.send(message).catch(ignoreClosed);
  }

  async #ping(number: number): Promise<void> {
    if (this.#probe === undefined) return this.#tell(pingMessage(number));
    const well = await this.#probe.ask();
    if (well === true) this.#perform(this.#machine.pong(number, this.#now()));
    else if (well === false) this.#perform(this.#machine.unwell(number, "it says that it is not well"));
  }

  async #listen(control: HostChannel): Promise<void> {
    try {
      for (let message = await control.receive(); message !== undefined; message = await control.receive()) {
        for (const handle of message.handles) handle?.close();
        if (control !== this.control) return;
        const said = parseFromService(message.bytes);
        if (said?.kind === "ready") this.#perform(this.#machine.ready(this.#now()));
        else if (said?.kind === "pong") this.#perform(this.#machine.pong(said.number, this.#now()));
      }
    } catch (error) {
      ignoreClosed(error);
    }
  }
}

/** Runs beside everything else; what goes wrong in it is a mistake of ours. */
function background(system: System, task: Promise<void>): void {
  task.catch((error: unknown) => system.reportBug(error));
}

/** A channel whose other end is gone, or that we closed. */
function ignoreClosed(error: unknown): void {
  if (!(error instanceof IsolaError)) throw error;
}

function heartbeatProbe({ name, life: { heartbeat }, heartbeatFunction, offers }: ServicePlan, { system, job }: ServiceHome): HeartbeatProbe | undefined {
  if (heartbeat === undefined || heartbeatFunction === undefined) return undefined;
  const concurrent = [...offers.values()].flatMap((offer) => (offer.kind === "functions" && typeof offer.options.concurrent === "number" ? [offer.options.concurrent] : []))[0];
  return new HeartbeatProbe({ system, job, service: name, function: heartbeatFunction, budgetMs: heartbeat.timeoutMs, concurrent });
}

class JobKilledError extends IsolaError {
  readonly code = "os/service-job-killed";
}

class NotOfferedError extends IsolaError {
  readonly code = "os/service-not-offered";
  constructor({ service, offer }: UsePlan) {
    super(`${service} does not offer "${offer}" yet`);
  }
}
