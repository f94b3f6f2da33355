/**
 * Runs the directives of one script on one engine and says how each ended.
 *
 * A directive ends in one of these ways:
 * - passed or failed: our engine, or the host below it, decided;
 * - library: the verdict asked for is on module text, and the text library, or what prepares
 *   text for it, gave it by refusing the text; our engine saw nothing of it;
 * - quoted, quoted accepted: an `assert_malformed` on quoted text, the text library's matter
 *   whatever it said;
 * - blocked: it needs an instance whose module failed before.
 *
 * A thread of the script runs on a host thread of its own with an engine of its own; all that
 * crosses is its directives and the shared memories of the instances that it names.
 */
import { parseScript } from "./script.ts";
import type { Action, Directive, ScriptModule } from "./script.ts";
import type { Pattern } from "./value.ts";
import { Caller, HostRefs, kindOfConst } from "./call.ts";
import type { Returned } from "./call.ts";
import type { Fault, ScriptEngine, SharedMemory } from "./engine.ts";
import { printPattern } from "./print.ts";
import { TextError, textToBinary } from "./text.ts";
import { Wrappers } from "./wrapper.ts";

export type Verdict = "passed" | "failed" | "library" | "quoted" | "quoted accepted" | "blocked";

export interface CaseResult {
  readonly line: number;
  readonly directive: Directive["kind"] | "script";
  readonly verdict: Verdict;
  /** What differs; present when failed. */
  readonly detail: string | undefined;
}

/** A directive whose verdict is not "passed". */
class Ended extends Error {
  readonly verdict: Exclude<Verdict, "passed">;
  constructor(verdict: Exclude<Verdict, "passed">, detail: string) {
    super(detail);
    this.verdict = verdict;
  }
}

/**
 * A thread of a script, as plain data that a host can send to another of its threads, where
 * `runThread` takes it.
 */
export interface ThreadTask {
  readonly body: readonly Directive[];
  /** What is shared with it, by the instance's name. */
  readonly shared: readonly (readonly [name: string, memories: readonly SharedMemory[]])[];
}

/** Runs `runThread` in a host thread of its own, started before this returns; answers what came of it. */
export type StartThread = (task: ThreadTask) => Promise<readonly CaseResult[]>;

/** Runs a whole script. `engine` must be fresh; the caller disposes it. @throws WastError when the script cannot be read. */
export function runScript<M, I>(source: string, engine: ScriptEngine<M, I>, startThread: StartThread | undefined): Promise<CaseResult[]> {
  return new ScriptRunner(engine, startThread).runAll(parseScript(source));
}

/** Runs one thread of a script. `engine` must be fresh; the caller disposes it. */
export function runThread<M, I>(task: ThreadTask, engine: ScriptEngine<M, I>, startThread: StartThread | undefined): Promise<CaseResult[]> {
  const runner = new ScriptRunner(engine, startThread);
  for (const [name, memories] of task.shared) runner.bind(name, engine.adopt(memories));
  return runner.runAll(task.body);
}

class ScriptRunner<M, I> {
  readonly #engine: ScriptEngine<M, I>;
  readonly #startThread: StartThread | undefined;
  readonly #caller = new Caller(new Wrappers(), new HostRefs());
  readonly #definitions = new Map<string, M>();
  readonly #instances = new Map<string, I>();
  readonly #threads = new Map<string, Promise<readonly CaseResult[]>>();
  #definition: M | undefined;
  #instance: I | undefined;

  constructor(engine: ScriptEngine<M, I>, startThread: StartThread | undefined) {
    this.#engine = engine;
    this.#startThread = startThread;
  }

  /** Runs directives one after the other; ends when their threads have ended too. */
  async runAll(directives: readonly Directive[]): Promise<CaseResult[]> {
    const results: (CaseResult | Promise<readonly CaseResult[]>)[] = [];
    for (const directive of directives) {
      const result = await this.run(directive);
      const thread = directive.kind === "thread" && result.verdict === "passed" ? this.#threads.get(directive.name) : undefined;
      results.push(thread?.then((cases) => summarizeThread(result, cases)) ?? result);
    }
    return (await Promise.all(results)).flat();
  }

  async run(directive: Directive): Promise<CaseResult> {
    let verdict: Verdict = "passed", detail: string | undefined;
    try {
      await this.#directive(directive);
    } catch (error) {
      if (error instanceof Ended) {
        verdict = error.verdict;
        detail = error.message;
      } else {
        verdict = "failed";
        detail = error instanceof TextError ? textDetail(error, directive) : printThrown(this.#engine.classify(error), error);
      }
    }
    return { line: directive.line, directive: directive.kind, verdict, detail };
  }

  async #directive(directive: Directive): Promise<void> {
    switch (directive.kind) {
      case "module":
        return this.#module(directive.module);
      case "definition":
        this.#definition = undefined;
        this.#definition = await this.#compile(directive.module);
        if (directive.module.name !== undefined) this.#definitions.set(directive.module.name, this.#definition);
        return;
      case "instance": {
        const definition = directive.definition === undefined ? this.#definition : this.#definitions.get(directive.definition);
        if (definition === undefined) throw new Ended("blocked", directive.definition === undefined ? "no module to instantiate" : `no module ${directive.definition}`);
        return this.bind(directive.name, await this.#engine.instantiate(definition));
      }
      case "register":
        return this.#engine.register(directive.as, this.#find(directive.instance));
      case "action":
        this.#act(directive.action, undefined);
        return;
      case "assert_return":
        return this.#assertReturn(directive.action, directive.results);
      case "assert_trap":
      case "assert_exhaustion":
        return this.#assertFault(directive.kind === "assert_trap" ? "trap" : "exhaustion", directive.message, () => this.#act(directive.action, undefined));
      case "assert_exception":
        return this.#assertFault("exception", undefined, () => this.#act(directive.action, undefined));
      case "assert_module_trap":
      case "assert_unlinkable": {
        const module = await this.#compile(directive.module);
        const kind = directive.kind === "assert_unlinkable" ? "unlinkable" : "trap";
        return this.#assertFault(kind, directive.message, () => this.#engine.instantiate(module));
      }
      case "assert_invalid":
      case "assert_malformed":
        return this.#assertRejected(directive.kind, directive.module, directive.message);
      case "thread":
        this.#thread(directive);
        return;
      case "wait": {
        const thread = this.#threads.get(directive.thread);
        if (thread === undefined) throw new Ended("blocked", `no thread ${directive.thread}`);
        await thread;
        return;
      }
    }
  }

  #thread({ name, line, shared, body }: Directive & { kind: "thread" }): void {
    if (this.#startThread === undefined) throw new Ended("failed", "there is no host thread to run it on");
    const task = { body, shared: shared.map((instance) => [instance, this.#engine.share(this.#find(instance))] as const) };
    const crashed = (error: unknown): CaseResult[] => [{ line, directive: "thread", verdict: "failed", detail: `its host thread failed: ${String(error)}` }];
    this.#threads.set(name, this.#startThread(task).catch(crashed));
  }

  async #module(module: ScriptModule): Promise<void> {
    // A module that fails leaves no latest instance: what follows must not run on an older one.
    this.#instance = undefined;
    if (module.name !== undefined) this.#instances.delete(module.name);
    const compiled = await this.#compile(module);
    if (module.name !== undefined) this.#definitions.set(module.name, compiled);
    this.#definition = compiled;
    this.bind(module.name, await this.#engine.instantiate(compiled));
  }

  /** Makes `instance` the latest, known by `name` too if there is one. */
  bind(name: string | undefined, instance: I): void {
    this.#instance = instance;
    if (name !== undefined) this.#instances.set(name, instance);
  }

  #compile(module: ScriptModule): M | Promise<M> {
    return this.#engine.compile(binaryOf(module));
  }

  #find(name: string | undefined): I {
    const instance = name === undefined ? this.#instance : this.#instances.get(name);
    if (instance === undefined) throw new Ended("blocked", name === undefined ? "no instance to work on" : `no instance ${name}`);
    return instance;
  }

  #act(action: Action, expected: readonly Pattern[] | undefined): Returned[] {
    const found = this.#engine.exported(this.#find(action.instance), action.field);
    if (action.kind === "get") {
      if (found?.kind !== "global") throw new Ended("failed", `no exported global "${action.field}"`);
      return this.#caller.get(found.global, expected?.[0]);
    }
    if (found?.kind !== "func") throw new Ended("failed", `no exported function "${action.field}"`);
    const given = action.args.map(kindOfConst), { type } = found;
    if (type !== undefined && (given.length !== type.params.length || given.some((kind, i) => kind !== type.params[i]))) {
      throw new Ended("failed", `"${action.field}" takes ${printList(type.params)}, given ${printList(given)}`);
    }
    return this.#caller.invoke(found.func, action.args, expected, type?.results);
  }

  #assertReturn(action: Action, expected: readonly Pattern[]): void {
    const returned = this.#act(action, expected);
    const equal = returned.length === expected.length && returned.every((value, i) => {
      const pattern = expected[i];
      return pattern !== undefined && this.#caller.matches(value, pattern);
    });
    if (!equal) throw new Ended("failed", `expected "${action.field}" to give ${printList(expected.map(printPattern))}, got ${printList(returned.map((value, i) => this.#caller.print(value, expected[i])))}`);
  }

  async #assertFault(kind: Fault["kind"], message: string | undefined, run: () => unknown): Promise<void> {
    let thrown: unknown;
    try {
      await run();
    } catch (error) {
      if (error instanceof Ended || error instanceof TextError) throw error;
      thrown = error;
    }
    if (thrown === undefined) throw new Ended("failed", `expected ${printExpected(kind, message)}, but it went through`);
    const fault = this.#engine.classify(thrown);
    if (fault.kind !== kind) throw new Ended("failed", `expected ${printExpected(kind, message)}, got ${printThrown(fault, thrown)}`);
    checkWords(fault, message ?? "", thrown);
  }

  async #assertRejected(kind: "assert_invalid" | "assert_malformed", module: ScriptModule, message: string): Promise<void> {
    const ofText = module.source.kind !== "binary";
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = binaryOf(module);
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      throw new Ended(module.source.kind === "quote" && kind === "assert_malformed" ? "quoted" : "library", error.message);
    }
    let thrown: unknown;
    try {
      await this.#engine.compile(bytes);
    } catch (error) {
      thrown = error;
    }
    if (module.source.kind === "quote" && kind === "assert_malformed") throw new Ended("quoted accepted", "the text library accepts it");
    if (thrown === undefined) throw new Ended("failed", `expected the module to be rejected ("${message}"), but it is accepted`);
    const fault = this.#engine.classify(thrown);
    if (fault.kind !== "rejected") throw new Ended("failed", `expected the module to be rejected ("${message}"), got ${printThrown(fault, thrown)}`);
    // Of malformed text the library has made something else; only the verdict can be compared then.
    if (!(ofText && kind === "assert_malformed")) checkWords(fault, message, thrown);
  }
}

/** A message may say more than the suite. Of a trap the suite may say more: "uninitialized element 7". */
function checkWords(fault: Fault, expected: string, thrown: unknown): void {
  const begins = (words: string): boolean => words.startsWith(expected) || (fault.kind === "trap" && expected.startsWith(words));
  if (fault.words === undefined || fault.words.some(begins)) return;
  throw new Ended("failed", `expected ${printExpected(fault.kind, expected)}, got ${printThrown(fault, thrown)}`);
}

function binaryOf(module: ScriptModule): Uint8Array<ArrayBuffer> {
  switch (module.source.kind) {
    case "binary": return Uint8Array.from(module.source.bytes);
    case "quote": return textToBinary(`(module ${new TextDecoder().decode(module.source.bytes)}\n)`);
    case "text": return textToBinary(module.source.text);
  }
}

/** The thread's own result when all of its cases passed, else those that did not. */
function summarizeThread(own: CaseResult, cases: readonly CaseResult[]): readonly CaseResult[] {
  const others = cases.filter((one) => one.verdict !== "passed");
  return others.length === 0 ? [own] : others;
}

const KIND_WORDS: Readonly<Record<Fault["kind"], string>> = {
  trap: "a trap", exhaustion: "exhaustion", exception: "an exception", unlinkable: "a link error", rejected: "an invalid module", unknown: "an error",
};

function printExpected(kind: Fault["kind"], message: string | undefined): string {
  return `${KIND_WORDS[kind]}${message === undefined ? "" : ` ("${message}")`}`;
}

function printThrown(fault: Fault, thrown: unknown): string {
  const said = fault.words?.[0] ?? (thrown instanceof Error ? thrown.message : String(thrown));
  return `${KIND_WORDS[fault.kind]} (${fault.kind === "exception" ? "not caught" : `"${said.replaceAll(/\s*\n\s*/g, " ")}"`})`;
}

const printList = (values: readonly string[]): string => (values.length === 0 ? "nothing" : values.join(" "));

/** What the text library said, with the place in the script where it is known. */
function textDetail(error: TextError, directive: Directive): string {
  const source = "module" in directive ? directive.module.source : undefined;
  if (error.place === undefined || source?.kind !== "text") return `text library: ${error.message}`;
  const { line, column } = error.place;
  return `text library: ${error.message} (at ${source.place.line + line - 1}:${line === 1 ? source.place.column + column - 1 : column})`;
}
