/**
 * A process of another hart, as the hart that asked for it has it: what it does and how it ends
 * comes over a line. If its hart dies, it was killed with the cause "hart".
 */
import type { ExitStatus, KillReason } from "../fault/exit.ts";
import type { ProcessTarget } from "../object/process-object.ts";
import { WaitQueue } from "../object/wait-queue.ts";
import type { Usage } from "../usage.ts";
import type { Endpoint, Line } from "./link.ts";
import type { UsageCell } from "./usage-cell.ts";

/** What goes to the process's hart. */
export interface ProcessOrder {
  readonly kill: KillReason;
}
/** What comes from there; `ended` is last. */
export type ProcessNews<Parts> = { readonly ended: Parts; readonly usage: Usage } | { readonly trace: string };

export interface RemoteProcessOptions<Parts> {
  readonly name: string;
  readonly cell: UsageCell;
  /** The machine's clock. */
  readonly now: () => number;
  /** Makes an end out of what came over the line. */
  readonly received: (parts: Parts) => ExitStatus;
  readonly onTrace: ((line: string) => void) | undefined;
  /** Runs when it has ended, before anybody hears of it. */
  readonly onEnd: () => void;
}

export class RemoteProcess<Parts> implements ProcessTarget, Endpoint {
  /** The number of its hart. */
  readonly hart: number;
  id = 0;
  readonly name: string;
  readonly ended = new WaitQueue();
  readonly exited: Promise<ExitStatus>;
  status: ExitStatus | undefined = undefined;
  readonly #options: RemoteProcessOptions<Parts>;
  readonly #startedAtMs: number;
  #line: Pick<Line, "post" | "close"> | undefined = undefined;
  #usage: Usage | undefined = undefined;
  #settle!: (status: ExitStatus) => void;

  constructor(hart: number, options: RemoteProcessOptions<Parts>) {
    this.hart = hart;
    this.name = options.name;
    this.#options = options;
    this.#startedAtMs = options.now();
    this.exited = new Promise((resolve) => (this.#settle = resolve));
  }

  attach(line: Pick<Line, "post" | "close">): void {
    this.#line = line;
  }

  /** Where its hart writes what it uses. */
  get cell(): UsageCell {
    return this.#options.cell;
  }

  kill(reason: KillReason): void {
    if (this.status === undefined) this.#line?.post({ kill: reason } satisfies ProcessOrder);
  }

  usage(): Usage {
    return this.#usage ?? { ...this.#options.cell.read(), wallMs: this.#options.now() - this.#startedAtMs };
  }

  received(): void {
    // Everything about a process is posted.
  }
  posted(value: unknown): void {
    const news = value as ProcessNews<Parts>; // its hart sends nothing else
    if ("trace" in news) return this.#options.onTrace?.(news.trace);
    this.#end(this.#options.received(news.ended), news.usage);
  }
  lost(reason: string): void {
    this.#end({ kind: "killed", reason: { cause: "hart", message: `its hart has ended: ${reason}` } }, this.usage());
  }

  /** It was never started after all. */
  abandon(): void {
    this.#line?.close();
  }

  #end(status: ExitStatus, usage: Usage): void {
    if (this.status !== undefined) return;
    this.#line?.close();
    this.#usage = usage;
    this.status = status;
    this.#options.onEnd();
    this.ended.wakeAll();
    this.#settle(status);
  }
}
