/** What `/proc` shows in a session: its processes, zombies included, its job, its mounts, and the services of the system. */
import type { PosixProcess } from "#abi";
import type { JobSnapshot, ProcessSnapshot } from "#kernel";
import type { ProcMount, ProcProcess, ProcService, ProcSource } from "../proc.ts";
import type { Session } from "../posix/session.ts";
import type { System } from "../system.ts";

export class SessionView implements ProcSource {
  readonly #system: System;
  readonly #services: () => readonly ProcService[];
  readonly #startedMs: number;
  #session: Session | undefined = undefined;

  constructor(system: System, services: () => readonly ProcService[]) {
    this.#system = system;
    this.#services = services;
    this.#startedMs = system.machine.now();
  }

  /** The session, once it is there: its files come before it. */
  show(session: Session): void {
    this.#session = session;
  }

  pids(): readonly number[] {
    return this.#session === undefined ? [] : [...this.#session.table.processes].map(({ pid }) => pid);
  }

  process(pid: number): ProcProcess | undefined {
    const process = this.#session?.table.find(pid);
    return process === undefined ? undefined : rowOf(process, this.#system.snapshotOf(pid));
  }

  jobs(): readonly JobSnapshot[] {
    const name = this.#session?.job.name;
    return name === undefined ? [] : this.#system.snapshotHere().jobs.filter((job) => job.name === name || job.name.startsWith(`${name}/`));
  }
  services(): readonly ProcService[] {
    return this.#services();
  }
  mounts(): readonly ProcMount[] {
    return (this.#session?.mounts.list ?? []).map(({ kind, source, path, readOnly, fs }) => ({ kind, source, path, readOnly, ...(fs.space?.() ?? { used: undefined, total: undefined }) }));
  }
  uptimeMs(): number {
    return this.#system.machine.now() - this.#startedMs;
  }
  timeNs(): bigint {
    return this.#system.machine.realtimeNs();
  }
}

function rowOf(process: PosixProcess, live: ProcessSnapshot | undefined): ProcProcess {
  const usage = process.kernel.usage();
  return {
    name: process.kernel.name,
    args: process.argv,
    cwd: process.cwd,
    parent: process.parent?.pid ?? 1,
    group: process.group,
    session: process.session,
    state: process.ended ? "zombie" : process.stopped ? "stopped" : (live?.state ?? "exiting"),
    waitsFor: live?.waitsFor ?? null,
    job: process.kernel.job.name,
    threads: usage.threads,
    handles: usage.handles,
    switches: usage.switches,
    memory: usage.memory,
    peakMemory: usage.peakMemory,
    cpuMs: usage.cpuMs,
    wallMs: usage.wallMs,
  };
}
