/**
 * Another hart, as this one talks to it: questions with answers, news, and programs that are sent
 * once and then named by a number.
 */
import { IsolaError } from "#base";
import type { Endpoint, HandlePort, ImageCarrier, JobNews, Line, Link } from "#kernel";
import type { Process } from "../guest-process.ts";
import type { Interface, InterfaceName } from "../interface.ts";
import type { Program } from "../program.ts";
import { errorFrom, errorParts } from "./error-parts.ts";
import { HartError } from "./hart-error.ts";
import type { Message, ProgramName, ProgramParts, Question, Questions } from "./messages.ts";

/** What this hart does for others. */
export interface PeerHost {
  answer<Q extends Question>(peer: Peer, question: Q, body: Questions[Q]["ask"]): Promise<Questions[Q]["answer"]>;
  heard(news: JobNews): void;
  /** A program that runs here and was started for another hart. */
  served(process: number): Process | undefined;
  /** Something here waits for the other hart until `promise` settles. */
  waits(peer: Peer, promise: Promise<unknown>): void;
  partsOf(program: Program): ProgramParts;
  programFrom(parts: ProgramParts): Program;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class Peer implements Endpoint, ImageCarrier {
  readonly link: Link;
  /** Handles that go there and come from there. */
  readonly handles: HandlePort;
  readonly face: Int32Array;
  /** A hart for one process, where nothing else is placed. */
  readonly isolated: boolean;
  readonly #host: PeerHost;
  readonly #line: Line;
  readonly #waiting = new Map<number, Waiting>();
  #nextAsk = 1;
  readonly #sent = new WeakMap<Program, number>();
  readonly #gone = new FinalizationRegistry<number>((program) => this.#line.post({ kind: "forget", program } satisfies Message));
  #nextProgram = 1;
  readonly #received = new Map<number, Program>();
  /** By the numbers that the other hart gave them. */
  readonly #interfaces = new Map<number, Interface>();

  constructor(link: Link, face: Int32Array, own: number, isolated: boolean, host: PeerHost, handles: (images: ImageCarrier) => HandlePort) {
    this.link = link;
    this.face = face;
    this.isolated = isolated;
    this.#host = host;
    this.#line = link.first(this, own < link.peer);
    this.handles = handles(this);
  }

  /** @throws HartError os/hart-ended, or what the other hart throws. */
  ask<Q extends Question>(question: Q, body: Questions[Q]["ask"]): Promise<Questions[Q]["answer"]> {
    if (this.link.dead) return Promise.reject(this.#ended());
    const id = this.#nextAsk++;
    const answered = new Promise<Questions[Q]["answer"]>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
      try {
        this.#line.post({ kind: "ask", id, question, body } satisfies Message);
      } catch (error) {
        this.#waiting.delete(id);
        reject(error);
      }
    });
    this.#host.waits(this, answered);
    return answered;
  }

  tell(news: JobNews): void {
    this.#line.post({ kind: "job", news } satisfies Message);
  }

  /** How to name `program` to the other hart. */
  nameOf(program: Program): ProgramName {
    const known = this.#sent.get(program);
    if (known !== undefined) return { id: known };
    const id = this.#nextProgram++;
    this.#sent.set(program, id);
    this.#gone.register(program, id);
    return { id, parts: this.#host.partsOf(program) };
  }

  /** The program that the other hart named. */
  program({ id, parts }: ProgramName): Program {
    let program = this.#received.get(id);
    if (program === undefined) {
      if (parts === undefined) throw new HartError("os/hart-refused", `program ${id} was never sent`);
      program = this.#host.programFrom(parts);
      this.#received.set(id, program);
    }
    return program;
  }

  /** The interface with this number, as the other hart knows it, stands for another process of it. */
  rebind(id: number, process: number): void {
    this.#line.post({ kind: "rebind", interface: id, process } satisfies Message);
  }

  /** The interface of a program here that the other hart named. @throws InterfaceError; HartError when the program has ended. */
  interface({ id, process, options }: InterfaceName): Interface {
    const known = this.#interfaces.get(id);
    if (known !== undefined) return known;
    const offerer = this.#host.served(process);
    if (offerer === undefined) throw new HartError("os/hart-refused", `process ${process}, which offers "${options.name}", has ended`);
    const made = offerer.offer(options);
    this.#interfaces.set(id, made);
    return made;
  }

  payloadOf(name: unknown): Program {
    return this.program(name as ProgramName); // the other end is a `Peer` too
  }

  received(): void {
    // The first line has posted messages only.
  }
  posted(value: unknown): void {
    const message = value as Message; // the other end is a `Peer` too
    switch (message.kind) {
      case "ask": return void this.#answer(message.id, message.question, message.body);
      case "answer": return this.#settle(message.id)?.resolve(message.value);
      case "refusal": return this.#settle(message.id)?.reject(errorFrom(message.error));
      case "job": return this.#host.heard(message.news);
      case "forget": return void this.#received.delete(message.program);
      case "rebind": return this.#rebound(message.interface, message.process);
    }
  }
  lost(): void {
    for (const { reject } of this.#waiting.values()) reject(this.#ended());
    this.#waiting.clear();
  }

  #rebound(id: number, process: number): void {
    const offerer = this.#host.served(process);
    // Nobody imports it yet, or the process has ended, which callers meet by themselves.
    if (offerer === undefined) return;
    try {
      this.#interfaces.get(id)?.rebind(offerer);
    } catch (error) {
      if (!(error instanceof IsolaError)) throw error;
    }
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  async #answer(id: number, question: Question, body: unknown): Promise<void> {
    try {
      const value = await this.#host.answer(this, question, body as never); // of this question
      this.#line.post({ kind: "answer", id, value } satisfies Message);
    } catch (error) {
      this.#line.post({ kind: "refusal", id, error: errorParts(error) } satisfies Message);
    }
  }

  #ended(): HartError {
    return new HartError("os/hart-ended", `hart ${this.link.peer} has ended`);
  }
}
