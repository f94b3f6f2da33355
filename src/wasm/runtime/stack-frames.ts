/**
 * The host's stack text, read back into wasm frames.
 *
 * Only text that the host itself wrote is trusted: a frame counts when it names a script of
 * ours (`script-table.ts`), and function names are never taken from it.
 *
 * Forms: V8 and SpiderMonkey end a frame with `URL:wasm-function[INDEX]:0xOFFSET`, where V8's URL
 * is `wasm://wasm/NAME-HASH`. JavaScriptCore gives the index only.
 */
import type { SourceLocation } from "../dwarf/line-table.ts";
import type { Engine } from "./engine.ts";
import type { Module } from "./module.ts";
import { SCRIPT_PREFIX } from "./script-table.ts";

/** Frames that the host keeps for a trap. */
export const TRAP_FRAMES = 50;

/** One guest function that was running when the trap was raised. */
export interface WasmFrame {
  readonly module: Module;
  /** Index in the module's function space. */
  readonly funcIndex: number;
  /** From the name section, made printable. */
  readonly funcName: string | undefined;
  /** Byte offset of the instruction in the original module; undefined when the host or the map does not tell. */
  readonly offset: number | undefined;
  /** Where it was written, when the module has line tables; of inlined code, the innermost place. Looked up when asked for. */
  readonly source: SourceLocation | undefined;
}

class Frame implements WasmFrame {
  readonly module: Module;
  readonly funcIndex: number;
  readonly funcName: string | undefined;
  readonly offset: number | undefined;

  constructor(module: Module, funcIndex: number, offset: number | undefined) {
    this.module = module;
    this.funcIndex = funcIndex;
    this.funcName = module.funcName(funcIndex);
    this.offset = offset;
  }

  get source(): SourceLocation | undefined {
    return this.offset === undefined ? undefined : this.module.source(this.offset);
  }
}

export function frameOf(module: Module, funcIndex: number, offset: number | undefined): WasmFrame {
  return new Frame(module, funcIndex, offset);
}

export interface HostStack {
  /** Innermost first; only functions of guests. */
  readonly frames: readonly WasmFrame[];
  /** The innermost wasm frame was a function that the translator added. */
  readonly inHelper: boolean;
}

const FRAME = /(?:wasm:\/\/wasm\/([^\s:]*?)(?:-[0-9a-f]+)?:)?wasm-function\[(\d+)\](?::0x([0-9a-f]+))?/;

/**
 * `fallback` owns the frames whose script the host does not name; where one of `instances` has the same code under another
 * name, that is the name of the frame.
 */
export function readStack(stack: string, engine: Engine, fallback: Module | undefined, instances: Iterable<{ readonly module: Module }> = []): HostStack {
  const frames: WasmFrame[] = [];
  let inHelper = false;
  let first = true;
  for (const line of stack.split("\n")) {
    const match = FRAME.exec(line);
    if (match === null) continue;
    const [, script, index, position] = match;
    // A script with another name is of somebody else, such as an adaptor between guest and host.
    const origin = script === undefined ? fallback
      : script.startsWith(SCRIPT_PREFIX) ? engine.scripts.find(script.slice(SCRIPT_PREFIX.length)) : undefined;
    if (origin === undefined) continue;
    const module = named(origin, instances);
    const funcIndex = Number(index);
    const helper = funcIndex >= module.layout.firstHelper;
    if (first) inHelper = helper;
    first = false;
    if (helper) continue;
    frames.push(new Frame(module, funcIndex, position === undefined ? undefined : module.originalOffset(Number.parseInt(position, 16))));
  }
  return { frames, inHelper };
}

function named(origin: Module, instances: Iterable<{ readonly module: Module }>): Module {
  for (const { module } of instances) if (module.origin === origin) return module;
  return origin;
}

/**
 * Runs `body` with room for deep traps in the host's stacks, and puts the host's setting back.
 * A setting that is larger already stays.
 */
export function withTrapFrames<T>(body: () => T): T {
  const saved = Error.stackTraceLimit;
  if (saved >= TRAP_FRAMES) return body();
  Error.stackTraceLimit = TRAP_FRAMES;
  try {
    return body();
  } finally {
    Error.stackTraceLimit = saved;
  }
}
