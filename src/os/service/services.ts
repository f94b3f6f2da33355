/**
 * The services of one system: what a manifest declares, started in the order of their needs, watched, restarted, and
 * given up when they cannot be helped.
 *
 * The supervisor is code of the host; no program holds a handle on it. All services run in one job, each in
 * one of its own below: when a job is killed, the services in it end and are given up, and nothing of them stays.
 */
import { mustBeAmount } from "#base";
import { Charges } from "#kernel";
import type { Job } from "#kernel";
import { checkLaunchOptions } from "../check-options.ts";
import type { Exit } from "../exit.ts";
import type { HostChannel, HostMemory } from "../handles.ts";
import type { System } from "../system.ts";
import { connect } from "./connector.ts";
import type { ServicePlan, SystemPlan } from "./plan.ts";
import { readManifest } from "./read-manifest.ts";
import { Resources } from "./resources.ts";
import type { ManifestSource } from "./resources.ts";
import { ServiceError } from "./service-error.ts";
import { Service } from "./service.ts";
import type { ServiceState } from "./service-machine.ts";
import type { LogLine, ServiceEvent, ServiceStatus } from "./status.ts";

export interface LaunchOptions {
  /** Appended to the arguments of the main service. */
  readonly args?: readonly string[];
  /** A service whose output goes to the log waits while a promise of this is not settled. */
  readonly log?: (line: LogLine) => unknown;
  /** For the jitter of restarts: numbers from 0 up to but not including 1. */
  readonly random?: () => number;
}

const RUNS: readonly ServiceState[] = ["starting", "ready", "backoff", "stopping"];
const USABLE: readonly ServiceState[] = ["ready", "done"];
/** Events that an iterator keeps for a reader who is late; the oldest are dropped. */
const EVENTS_MAX = 10_000;

export class Services {
  readonly #system: System;
  readonly #services = new Map<string, Service>();
  readonly #listeners = new Set<(event: ServiceEvent) => void>();
  readonly #ends = new Set<() => void>();
  #plan: SystemPlan | undefined = undefined;
  #resources: Resources | undefined = undefined;
  #launchedAtMs = 0;
  #closed = false;

  /** Only systems make these. */
  constructor(system: System) {
    this.#system = system;
  }

  /** The manifest that was launched, checked. */
  get plan(): SystemPlan | undefined {
    return this.#plan;
  }

  /** Milliseconds since the launch. */
  get uptimeMs(): number {
    return this.#plan === undefined ? 0 : this.#system.machine.now() - this.#launchedAtMs;
  }

  /**
   * Reads a manifest, compiles its images, makes its resources, and begins to start its services. Once per system.
   *
   * @throws ManifestError; OptionError; ServiceError os/services-launched; what images and folders throw that cannot be had.
   */
  async launch(manifest: unknown, source: ManifestSource, options: LaunchOptions = {}): Promise<void> {
    checkLaunchOptions(options);
    const plan = readManifest(manifest);
    if (this.#plan !== undefined) throw new ServiceError("os/services-launched", "", "the services of this system were launched already");
    if (this.#closed) throw new ServiceError("os/services-closed", "", "the system was closed");
    this.#plan = plan;
    this.#launchedAtMs = this.#system.machine.now();
    let resources: Resources;
    try {
      resources = this.#resources = await Resources.make(this.#system, plan, source);
    } catch (error) {
      this.#plan = undefined;
      throw error;
    }
    const job = this.#system.createJob({ name: "services", limits: plan.limits });
    const log = (line: LogLine): Promise<unknown> | undefined => this.#guarded(() => options.log?.(line));
    const home = {
      system: this.#system,
      job,
      random: options.random ?? (() => randomFraction(this.#system)),
      service: (name: string) => this.#find(name),
      program: (service: ServicePlan) => resources.program(service),
      grant: (service: ServicePlan, own: Job) => resources.grant(service, { own, all: job, of: (name) => this.#find(name).job }),
      fault: (service: Service, report: string) => {
        for (const text of report.split("\n")) void log({ atMs: this.uptimeMs, service: service.name, text, kind: "fault", alarm: true });
      },
      output: (service: Service, text: string) => log({ atMs: this.uptimeMs, service: service.name, text, kind: "output", alarm: false }),
      changed: (service: Service, state: ServiceState, reason: string | undefined) => this.#changed(service, state, reason, log),
    };
    for (const each of plan.services.values()) {
      const service = new Service(each, home);
      if (each.main) service.extraArgs = options.args ?? [];
      this.#services.set(each.name, service);
    }
    for (const { name, manual } of plan.services.values()) if (!manual) this.#bring(name, false).catch((error: unknown) => {
      // What a start at boot came to is in the states and the log.
      if (!(error instanceof ServiceError)) this.#system.reportBug(error);
    });
  }

  list(): ServiceStatus[] {
    return [...this.#services.values()].map((service) => service.status());
  }

  /** @throws ServiceError os/no-service */
  status(name: string): ServiceStatus {
    return this.#find(name).status();
  }

  /** A memory object of the manifest, as the host holds it. @throws ServiceError os/no-service */
  memory(name: string): HostMemory {
    const memory = this.#resources?.memory(name);
    if (memory === undefined) throw new ServiceError("os/no-service", "", `the manifest has no memory object "${name}"`);
    return memory;
  }

  /**
   * A channel to a service, "SERVICE/OFFER", for the host; waits while the service is being started.
   *
   * @throws ServiceError os/no-service, os/service-failed when it is given up, stopped, or has no room.
   */
  async connect(use: string): Promise<HostChannel> {
    const [name = "", offered = ""] = use.split("/");
    const service = this.#find(name);
    const offer = service.plan.offers.get(offered);
    if (offer?.kind !== "channel") throw new ServiceError("os/no-service", name, `${name} offers no channel "${offered}"`);
    const { status, end } = await connect(this.#system, service, { name: "host", charges: new Charges(this.#system.root.account) }, offer);
    if (end === undefined) throw new ServiceError("os/service-failed", name, `${name} cannot be connected to (${status}): it is ${service.state}`);
    return end;
  }

  /** How its last process ended. @throws ServiceError os/no-service */
  lastExit(name: string): Exit | undefined {
    return this.#find(name).lastExit;
  }

  /**
   * Starts what it needs, then it, unless they run. Resolves when it is ready or, if that is how it becomes ready, done.
   *
   * @throws ServiceError os/no-service, os/service-failed
   */
  async start(name: string): Promise<void> {
    await this.#bring(name, true);
  }

  /** Ends it and keeps it ended. Resolves when nothing of it is left. What needs it goes on, and is told when it asks. @throws ServiceError os/no-service */
  async stop(name: string): Promise<void> {
    const service = this.#find(name);
    service.stop();
    while (service.state === "stopping") await service.nextChange();
  }

  /** Ends it and starts it anew. Resolves as `start`. @throws ServiceError as `start` */
  async restart(name: string): Promise<void> {
    const service = this.#find(name);
    service.restart();
    while (service.state === "stopping") await service.nextChange();
    await this.#bring(name, true);
  }

  /**
   * Resolves when it is ready or done.
   *
   * @throws ServiceError os/no-service; os/service-failed when it is given up or stopped; os/service-timeout after `timeoutMs`; OptionError.
   */
  async ready(name: string, timeoutMs = Infinity): Promise<void> {
    mustBeAmount(timeoutMs, "timeoutMs");
    const service = this.#find(name);
    let late = false;
    let cancel: (() => void) | undefined;
    const timeout = new Promise<void>((resolve) => {
      if (timeoutMs !== Infinity) {
        cancel = this.#system.machine.timer(timeoutMs, () => {
          late = true;
          resolve();
        }, true);
      }
    });
    try {
      while (!USABLE.includes(service.state)) {
        const settled = service.state === "failed" || (service.state === "stopped" && !service.waiting);
        if (settled || this.#closed) throw failed(service);
        await Promise.race([service.nextChange(), timeout]);
        if (late) throw new ServiceError("os/service-timeout", name, `${name} was not ready within ${timeoutMs / 1000} s; it is ${service.state}`);
      }
    } finally {
      cancel?.();
    }
  }

  /** Resolves when every service that is started at boot is ready, done, failed or stopped. */
  async settled(): Promise<void> {
    const open = (): Service | undefined => [...this.#services.values()].find((service) => service.waiting || ["starting", "backoff", "stopping"].includes(service.state));
    for (let service = open(); service !== undefined && !this.#closed; service = open()) await service.nextChange();
  }

  /** Resolves when none of them runs or is to be started. */
  async finished(): Promise<void> {
    const open = (): Service | undefined => [...this.#services.values()].find((service) => service.waiting || RUNS.includes(service.state));
    for (let service = open(); service !== undefined && !this.#closed; service = open()) await service.nextChange();
  }

  /** Stops all of them, each before those that it needs, with the grace that each has. */
  async stopAll(): Promise<void> {
    const stopped = new Map<string, Promise<void>>();
    // The last started first: who needs a service was started after it.
    for (const name of [...this.#services.keys()].reverse()) {
      const users = [...this.#services.values()].filter(({ plan }) => plan.needs.includes(name)).map((user) => stopped.get(user.name));
      stopped.set(name, Promise.all(users).then(() => (RUNS.includes(this.#find(name).state) ? this.stop(name) : undefined)));
    }
    await Promise.all(stopped.values());
  }

  /** Resolves with how the main service ended, once it is not to be started again. Undefined when there is none, and when the system is closed first. */
  async main(): Promise<Exit | undefined> {
    const service = [...this.#services.values()].find(({ plan }) => plan.main);
    if (service === undefined) return undefined;
    const over = (): boolean => ["done", "failed"].includes(service.state) || (service.state === "stopped" && !service.waiting);
    while (!over() && !this.#closed) await service.nextChange();
    return service.lastExit;
  }

  /** Tells `listener` of every change of state from now on. Gives what ends that. */
  onEvent(listener: (event: ServiceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The changes of state from now on, until the system is closed. */
  events(): AsyncIterableIterator<ServiceEvent> {
    const queue: ServiceEvent[] = [];
    let wake: (() => void) | undefined;
    let over = this.#closed;
    const end = (): void => {
      over = true;
      forget();
      this.#ends.delete(end);
      wake?.();
    };
    const forget = this.onEvent((event) => {
      if (queue.length >= EVENTS_MAX) queue.shift();
      queue.push(event);
      wake?.();
    });
    this.#ends.add(end);
    const iterator: AsyncIterableIterator<ServiceEvent> = {
      [Symbol.asyncIterator]: () => iterator,
      next: async () => {
        while (queue.length === 0 && !over) await new Promise<void>((resolve) => (wake = resolve));
        const value = queue.shift();
        return value === undefined ? { done: true, value: undefined } : { done: false, value };
      },
      return: async () => {
        end();
        return { done: true, value: undefined };
      },
    };
    return iterator;
  }

  /** Ends all of them, the last started first. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#services.values()].reverse().map((service) => service.close()));
    for (const end of this.#ends) end();
    this.#resources?.close();
  }

  /** Starts `name` after what it needs. `anew`: also what was given up, and itself when it is done. */
  async #bring(name: string, anew: boolean): Promise<void> {
    const service = this.#find(name);
    if (service.state === "ready") return;
    if (["starting", "backoff", "stopping"].includes(service.state)) {
      // In back-off, somebody who asks for it does not wait.
      if (anew) service.start();
    } else {
      await service.whileWaiting(async () => {
        for (const need of service.plan.needs) await this.#need(service, need, anew);
        if (anew || service.state === "stopped") service.start();
      });
    }
    while (!USABLE.includes(service.state)) {
      if (service.state === "failed" || service.state === "stopped" || this.#closed) throw failed(service);
      await service.nextChange();
    }
  }

  async #need(service: Service, need: string, anew: boolean): Promise<void> {
    const other = this.#find(need);
    if (other.state === "done") return;
    try {
      if (other.state === "failed" && !anew) throw failed(other);
      await this.#bring(need, anew && other.state === "failed");
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (!this.#closed) service.giveUp(`it needs ${need}, which is ${other.state}`);
      throw failed(service);
    }
  }

  #find(name: string): Service {
    const service = this.#services.get(name);
    if (service !== undefined) return service;
    throw new ServiceError("os/no-service", name, `there is no service "${name}"`);
  }

  #changed(service: Service, state: ServiceState, reason: string | undefined, log: (line: LogLine) => unknown): void {
    const { uptimeMs: atMs } = this;
    const { name, generation } = service;
    const text = `${state}${reason === undefined ? "" : `: ${reason}`}`;
    log({ atMs, service: name, text, kind: "event", alarm: state === "failed" || state === "backoff" });
    for (const listener of this.#listeners) this.#guarded(() => listener({ service: name, state, generation, reason, atMs }));
  }

  /** Code of others must not throw into the middle of ours. */
  #guarded(task: () => unknown): Promise<unknown> | undefined {
    const report = (error: unknown): void => this.#system.reportBug(error);
    try {
      const result = task();
      return result instanceof Promise ? result.catch(report) : undefined;
    } catch (error) {
      report(error);
      return undefined;
    }
  }
}

function failed(service: Service): ServiceError {
  const { reason } = service.status();
  return new ServiceError("os/service-failed", service.name, `${service.name} is ${service.state}${reason === undefined ? "" : `: ${reason}`}`);
}

function randomFraction(system: System): number {
  const bytes = new Uint8Array(4);
  system.machine.entropy(bytes);
  return new DataView(bytes.buffer).getUint32(0, true) / 2 ** 32;
}
