/**
 * Turns the host functions of an ABI into what a guest imports.
 *
 * Every function gets a guard, so that a mistake of ours ends the one process that met it and
 * never becomes an exception inside a guest; one that also records calls is used where a history is kept. A function that may block goes through an adaptor
 * (`hart-module.ts`); the adaptor module is compiled once for each list of types.
 */
import type { FuncType } from "#wasm";
import { DIE } from "./calls.ts";
import type { HostFunction } from "./calls.ts";
import type { GateState } from "./gate/gate-state.ts";
import { adaptorBytes } from "./hart-module.ts";
import type { Kernel } from "./kernel.ts";
import type { Process } from "./process.ts";
import { recordingGuard } from "./trace/recording-guard.ts";

export interface BoundFunction {
  readonly type: FuncType;
  /** A wasm export, or a plain function for a call that never blocks. */
  readonly call: (...args: never[]) => unknown;
}

type Call = (...args: unknown[]) => unknown;

/** One wrapper for each number of parameters: rest parameters would allocate on every call. */
function guard(gates: GateState, call: Call, arity: number, failed: (error: unknown) => unknown): Call {
  switch (arity) {
    case 0: return () => { gates.checkRoom(); try { return call(); } catch (error) { return failed(error); } };
    case 1: return (a) => { gates.checkRoom(); try { return call(a); } catch (error) { return failed(error); } };
    case 2: return (a, b) => { gates.checkRoom(); try { return call(a, b); } catch (error) { return failed(error); } };
    case 3: return (a, b, c) => { gates.checkRoom(); try { return call(a, b, c); } catch (error) { return failed(error); } };
    case 4: return (a, b, c, d) => { gates.checkRoom(); try { return call(a, b, c, d); } catch (error) { return failed(error); } };
    case 5: return (a, b, c, d, e) => { gates.checkRoom(); try { return call(a, b, c, d, e); } catch (error) { return failed(error); } };
    case 6: return (a, b, c, d, e, f) => { gates.checkRoom(); try { return call(a, b, c, d, e, f); } catch (error) { return failed(error); } };
    default: return (...args) => { gates.checkRoom(); try { return call(...args); } catch (error) { return failed(error); } };
  }
}

export class HostBinder {
  readonly #kernel: Kernel;
  readonly #adaptors = new Map<string, WebAssembly.Module>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** The imports for `process`, in the order of `functions`. */
  bind(process: Process, functions: readonly HostFunction[]): BoundFunction[] {
    const kernel = this.#kernel;
    const { history, tracer } = process;
    const first = history?.add(functions) ?? 0;
    const guarded = functions.map((fn, index) => {
      const { type, mayBlock } = fn;
      const zero = type.results[0] === "i64" ? 0n : 0;
      const failed = (error: unknown): unknown => {
        process.hostBug(error);
        return mayBlock ? DIE : zero;
      };
      const call = tracer === undefined ? fn.call as Call : tracer.wrap(fn, fn.call as Call);
      if (history === undefined) return guard(kernel.gates, call, type.params.length, failed);
      return recordingGuard(call, type.params.length, { history, id: first + index, blocked: () => kernel.callBlocked(history.count), failed });
    });
    const blocking = functions.flatMap(({ mayBlock }, index) => (mayBlock ? [index] : []));
    const adapted = blocking.length === 0 ? {} : this.#adapt(blocking.map((index) => functions[index]!.type), blocking.map((index) => guarded[index]!));
    blocking.forEach((index, position) => (guarded[index] = adapted[position] as Call));
    return functions.map(({ type }, index) => ({ type, call: guarded[index] as BoundFunction["call"] }));
  }

  #adapt(types: readonly FuncType[], calls: readonly Call[]): WebAssembly.Exports {
    const key = types.map((type) => `${type.params.join()}>${type.results.join()}`).join(";");
    let adaptor = this.#adaptors.get(key);
    if (adaptor === undefined) {
      adaptor = new WebAssembly.Module(adaptorBytes(types));
      this.#adaptors.set(key, adaptor);
    }
    const imports: Record<string, Call> = {};
    calls.forEach((call, position) => (imports[position] = call));
    return new WebAssembly.Instance(adaptor, { k: { block: this.#kernel.blockHook }, f: imports as WebAssembly.ModuleImports }).exports;
  }
}
