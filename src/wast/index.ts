// Scripts
export { parseScript } from "./script.ts";
export type { Action, Directive, DirectiveKind, ModuleSource, ScriptModule } from "./script.ts";
export { WastError } from "./sexpr.ts";
export type { Place } from "./sexpr.ts";
export type { Const, Pattern } from "./value.ts";
// Module text
export { TextError, textToBinary } from "./text.ts";
// Running
export { runScript, runThread } from "./script-runner.ts";
export type { CaseResult, StartThread, ThreadTask, Verdict } from "./script-runner.ts";
export type { Fault, HostExtern, ScriptEngine, SharedMemory } from "./engine.ts";
export { IsolaEngine } from "./isola-engine.ts";
