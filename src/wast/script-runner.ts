/**
 * Runs the directives of one script on one engine and says how each ended.
 *
 * A directive ends in one of these ways:
 * - passed or failed: our engine, or the host below it, decided;
 * - library: the verdict asked for is on module text, and the text library gave it by refusing
 *   the text; our engine saw nothing of it;
 * - quoted, quoted accepted: an `assert_malformed` on quoted text, the text library's matter
 *   whatever it said;
 * - blocked: it needs an instance whose module failed before.
 */
import { WastError } from "./sexpr.ts";
import { parseScript } from "./script.ts";
import type { Action, Directive, ScriptModule } from "./script.ts";
import type { Pattern } from "./value.ts";
import { Caller, HostRefs, printPattern, printReturned } from "./call.ts";
import type { Returned } from "./call.ts";
import type { Fault, ScriptEngine } from "./engine.ts";
import { TextError, textToBinary } from "./text.ts";
import type { Wrappers } from "./wrapper.ts";

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

/** Runs a whole script. `engine` must be fresh; the caller disposes it. */
export async function runScript<M, I>(source: string, engine: ScriptEngine<M, I>, wrappers: Wrappers): Promise<CaseResult[]> {
  let directives: Directive[];
  try {
    directives = parseScript(source);
  } catch (error) {
    if (!(error instanceof WastError)) throw error;
    return [{ line: error.line, directive: "script", verdict: "failed", detail: error.message }];
  }
  const runner = new ScriptRunner(engine, wrappers);
  const results: CaseResult[] = [];
  for (const directive of directives) results.push(await runner.run(directive));
  return results;
}

class ScriptRunner<M, I> {
  readonly #engine: ScriptEngine<M, I>;
  readonly #wrappers: Wrappers;
  readonly #caller: Caller;
  readonly #definitions = new Map<string, M>();
  readonly #instances = new Map<string, I>();
  #definition: M | undefined;
  #instance: I | undefined;

  constructor(engine: ScriptEngine<M, I>, wrappers: Wrappers) {
    this.#engine = engine;
    this.#wrappers = wrappers;
    this.#caller = new Caller(wrappers, new HostRefs());
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
        detail = error instanceof TextError ? `text library: ${error.message}` : `${printFault(this.#engine.classify(error))}: ${String(error)}`;
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
        if (definition === undefined) throw new Ended("blocked", `no module ${directive.definition ?? ""}`);
        return this.#setInstance(directive.name, await this.#engine.instantiate(definition));
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
        return this.#thread(directive);
      case "wait":
        return;
    }
  }

  /**
   * Runs a whole thread where it is created, which is one of the orders the script must allow;
   * `wait` then finds it ended. A thread that blocks until a later one wakes it would need a
   * second host thread.
   */
  async #thread(directive: Directive & { kind: "thread" }): Promise<void> {
    const inner = new ScriptRunner(this.#engine, this.#wrappers);
    for (const name of directive.shared) inner.#setInstance(name, this.#find(name));
    for (const part of directive.body) {
      const result = await inner.run(part);
      if (result.verdict !== "passed") throw new Ended(result.verdict, `thread ${directive.name}, line ${result.line}: ${result.detail ?? ""}`);
    }
  }

  async #module(module: ScriptModule): Promise<void> {
    // A module that fails leaves no latest instance: what follows must not run on an older one.
    this.#instance = undefined;
    if (module.name !== undefined) this.#instances.delete(module.name);
    const compiled = await this.#compile(module);
    if (module.name !== undefined) this.#definitions.set(module.name, compiled);
    this.#definition = compiled;
    this.#setInstance(module.name, await this.#engine.instantiate(compiled));
  }

  #setInstance(name: string | undefined, instance: I): void {
    this.#instance = instance;
    if (name !== undefined) this.#instances.set(name, instance);
  }

  #compile(module: ScriptModule): M | Promise<M> {
    return this.#engine.compile(binaryOf(module));
  }

  #find(name: string | undefined): I {
    const instance = name === undefined ? this.#instance : this.#instances.get(name);
    if (instance === undefined) throw new Ended("blocked", `no instance ${name ?? ""}`);
    return instance;
  }

  #act(action: Action, expected: readonly Pattern[] | undefined): Returned[] {
    const found = this.#engine.exported(this.#find(action.instance), action.field);
    if (found === undefined) throw new Ended("failed", `no export "${action.field}"`);
    if (action.kind === "get") {
      if (found.kind !== "global") throw new Ended("failed", `export "${action.field}" is no global`);
      return this.#caller.get(found.global, expected?.[0]);
    }
    if (found.kind !== "func") throw new Ended("failed", `export "${action.field}" is no function`);
    return this.#caller.invoke(found.func, action.args, expected);
  }

  #assertReturn(action: Action, expected: readonly Pattern[]): void {
    const returned = this.#act(action, expected);
    const equal = returned.length === expected.length && returned.every((value, i) => {
      const pattern = expected[i];
      return pattern !== undefined && this.#caller.matches(value, pattern);
    });
    if (!equal) throw new Ended("failed", `"${action.field}" returned [${returned.map(printReturned).join(", ")}], expected [${expected.map(printPattern).join(", ")}]`);
  }

  async #assertFault(kind: Fault["kind"], message: string | undefined, run: () => unknown): Promise<void> {
    let thrown: unknown;
    try {
      await run();
    } catch (error) {
      if (error instanceof Ended) throw error;
      thrown = error;
    }
    if (thrown === undefined) throw new Ended("failed", `expected ${kind} "${message ?? ""}", but nothing was thrown`);
    const fault = this.#engine.classify(thrown);
    if (fault.kind !== kind) throw new Ended("failed", `expected ${kind} "${message ?? ""}", got ${printFault(fault)}: ${String(thrown)}`);
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
    if (thrown === undefined) throw new Ended("failed", `accepted, expected "${message}"`);
    const fault = this.#engine.classify(thrown);
    if (fault.kind !== "rejected") throw new Ended("failed", `expected rejection "${message}", got ${printFault(fault)}: ${String(thrown)}`);
    // Of malformed text the library has made something else; only the verdict can be compared then.
    if (!(ofText && kind === "assert_malformed")) checkWords(fault, message, thrown);
  }
}

/** A message may say more than the suite. Of a trap the suite may say more: "uninitialized element 7". */
function checkWords(fault: Fault, expected: string, thrown: unknown): void {
  const begins = (words: string): boolean => words.startsWith(expected) || (fault.kind === "trap" && expected.startsWith(words));
  if (fault.words === undefined || fault.words.some(begins)) return;
  throw new Ended("failed", `expected "${expected}", got "${fault.words[0] ?? ""}": ${String(thrown)}`);
}

function binaryOf(module: ScriptModule): Uint8Array<ArrayBuffer> {
  switch (module.source.kind) {
    case "binary": return Uint8Array.from(module.source.bytes);
    case "quote": return textToBinary(`(module ${new TextDecoder().decode(module.source.bytes)}\n)`);
    case "text": return textToBinary(module.source.text);
  }
}

function printFault(fault: Fault): string {
  return fault.words === undefined ? fault.kind : `${fault.kind} "${fault.words[0] ?? ""}"`;
}
