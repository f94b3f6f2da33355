/** The heartbeat by a function: an interface of its own on the service, and the program that calls it. See `probe.ts`. */
import { IsolaError } from "#base";
import type { Job } from "#kernel";
import type { Process } from "../guest-process.ts";
import type { Interface } from "../interface.ts";
import type { Program } from "../program.ts";
import type { System } from "../system.ts";
import { PROBE_IMPORT, PROBE_UNWELL, PROBE_WELL, probeModule } from "./probe.ts";

export interface ProbeOptions {
  readonly system: System;
  /** For the program that asks. */
  readonly job: Job;
  readonly service: string;
  readonly function: string;
  /** A call that takes longer is the service's fault. */
  readonly budgetMs: number;
  /** As the service's other interfaces, which share its turns. */
  readonly concurrent: number | undefined;
}

export class HeartbeatProbe {
  readonly #options: ProbeOptions;
  #interface: Interface | undefined = undefined;
  #program: Promise<Program> | undefined = undefined;
  #asking: Process | undefined = undefined;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /** This process is the one to ask from now on. @throws InterfaceError */
  bind(process: Process): void {
    if (this.#interface !== undefined) return this.#interface.rebind(process);
    const { service, function: name, budgetMs, concurrent } = this.#options;
    this.#interface = process.offer({
      name: `${service} heartbeat`,
      functions: { [name]: { params: [], results: ["i32"], blocking: true } },
      budgetMs,
      ...(concurrent === undefined ? {} : { concurrent }),
    });
  }

  /** Whether it is well; undefined when there was no answer, for which its deadline will judge it. */
  async ask(): Promise<boolean | undefined> {
    const { system, job, function: name } = this.#options;
    try {
      const program = await (this.#program ??= system.compile(probeModule(name), { name: "heartbeat" }));
      this.#asking = await system.spawn(program, { job, imports: { [PROBE_IMPORT]: this.#interface! }, stdout: "null", stderr: "null" }); // a process was bound
    } catch (error) {
      // No room for the question.
      if (error instanceof IsolaError) return undefined;
      throw error;
    }
    const { status } = await this.#asking.exited;
    return status === PROBE_WELL ? true : status === PROBE_UNWELL ? false : undefined;
  }

  /** The service has ended: nobody will answer. */
  end(): void {
    this.#asking?.kill("the service has ended");
    this.#asking = undefined;
  }
}
