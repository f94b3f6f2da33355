/**
 * The script language of the specification's test suite: a `.wast` text as directives.
 *
 * Module text is kept as written; turning it into binary is the runner's matter. A file that
 * holds bare module fields instead of directives is one module.
 *
 * Spec: the script grammar of the specification's reference interpreter, with the `thread` and
 * `wait` directives of the threads proposal and legacy exception handling.
 */
import { parseSexprs, WastError } from "./sexpr.ts";
import type { List, Node } from "./sexpr.ts";
import { parseConst, parsePattern } from "./value.ts";
import type { Const, Pattern } from "./value.ts";

/** A module as it stands in a script: text, the bytes themselves, or text inside strings. */
export type ModuleSource =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "binary"; readonly bytes: Uint8Array }
  | { readonly kind: "quote"; readonly bytes: Uint8Array };

export interface ScriptModule {
  /** `$name`, when given. */
  readonly name: string | undefined;
  readonly source: ModuleSource;
}

/** An action works on the instance called `instance`, else on the latest. */
export type Action =
  | { readonly kind: "invoke"; readonly instance: string | undefined; readonly field: string; readonly args: readonly Const[] }
  | { readonly kind: "get"; readonly instance: string | undefined; readonly field: string };

/** `message` is the words that the suite expects first. */
export type Directive = { readonly line: number } & (
  | { readonly kind: "module"; readonly module: ScriptModule }
  | { readonly kind: "definition"; readonly module: ScriptModule }
  | { readonly kind: "instance"; readonly name: string | undefined; readonly definition: string | undefined }
  | { readonly kind: "register"; readonly as: string; readonly instance: string | undefined }
  | { readonly kind: "action"; readonly action: Action }
  | { readonly kind: "assert_return"; readonly action: Action; readonly results: readonly Pattern[] }
  | { readonly kind: "assert_trap" | "assert_exhaustion"; readonly action: Action; readonly message: string }
  | { readonly kind: "assert_exception"; readonly action: Action }
  | { readonly kind: "assert_module_trap" | "assert_unlinkable"; readonly module: ScriptModule; readonly message: string }
  | { readonly kind: "assert_invalid" | "assert_malformed"; readonly module: ScriptModule; readonly message: string }
  | { readonly kind: "thread"; readonly name: string; readonly shared: readonly string[]; readonly body: readonly Directive[] }
  | { readonly kind: "wait"; readonly thread: string }
);
export type DirectiveKind = Directive["kind"];

/** Words that begin a directive; any other first word means that the file is one module. */
const DIRECTIVE_WORDS = new Set([
  "module", "register", "invoke", "get", "thread", "wait",
  "assert_return", "assert_trap", "assert_exhaustion", "assert_exception", "assert_unlinkable",
  "assert_invalid", "assert_malformed", "assert_invalid_custom", "assert_malformed_custom",
]);

/** @throws WastError when the script cannot be read. */
export function parseScript(source: string): Directive[] {
  const nodes = parseSexprs(source);
  const first = nodes[0];
  if (first !== undefined && !DIRECTIVE_WORDS.has(headWord(first))) {
    return [{ kind: "module", line: first.line, module: { name: undefined, source: { kind: "text", text: `(module ${source}\n)` } } }];
  }
  return nodes.map((node) => parseDirective(node, source));
}

function parseDirective(node: Node, source: string): Directive {
  const list = asList(node), line = list.line, rest = list.items.slice(1), keyword = headWord(list);
  switch (keyword) {
    case "module":
      return parseModuleDirective(list, source);
    case "register":
      return { kind: "register", line, as: asText(rest[0], line), instance: optionalName(rest[1]) };
    case "invoke":
    case "get":
      return { kind: "action", line, action: parseAction(list) };
    case "assert_return":
      return { kind: "assert_return", line, action: parseAction(rest[0]), results: rest.slice(1).map(parsePattern) };
    case "assert_exception":
      return { kind: "assert_exception", line, action: parseAction(rest[0]) };
    case "assert_exhaustion":
      return { kind: "assert_exhaustion", line, action: parseAction(rest[0]), message: asText(rest[1], line) };
    case "assert_trap": {
      const message = asText(rest[1], line), target = asList(rest[0], line);
      return headWord(target) === "module"
        ? { kind: "assert_module_trap", line, module: parseModule(target, source), message }
        : { kind: "assert_trap", line, action: parseAction(target), message };
    }
    case "assert_unlinkable":
      return { kind: "assert_unlinkable", line, module: parseModule(asList(rest[0], line), source), message: asText(rest[1], line) };
    case "assert_invalid":
    case "assert_invalid_custom":
      return { kind: "assert_invalid", line, module: parseModule(asList(rest[0], line), source), message: asText(rest[1], line) };
    case "assert_malformed":
    case "assert_malformed_custom":
      return { kind: "assert_malformed", line, module: parseModule(asList(rest[0], line), source), message: asText(rest[1], line) };
    case "thread":
      return parseThread(list, source);
    case "wait":
      return { kind: "wait", line, thread: asWord(rest[0], line) };
    default:
      throw new WastError(line, `unknown directive '${keyword}'`);
  }
}

function parseModuleDirective(list: List, source: string): Directive {
  const line = list.line, form = list.items[1];
  if (form?.kind === "atom" && form.text === "instance") {
    return { kind: "instance", line, name: optionalName(list.items[2]), definition: optionalName(list.items[3]) };
  }
  const definition = form?.kind === "atom" && form.text === "definition";
  return { kind: definition ? "definition" : "module", line, module: parseModule(list, source) };
}

function parseModule(list: List, source: string): ScriptModule {
  let at = 1;
  if (list.items[at]?.kind === "atom" && asWord(list.items[at], list.line) === "definition") at++;
  const isDefinition = at === 2;
  const name = optionalName(list.items[at]);
  if (name !== undefined) at++;
  const form = list.items[at];
  if (form?.kind === "atom" && (form.text === "binary" || form.text === "quote")) {
    return { name, source: { kind: form.text, bytes: joinStrings(list.items.slice(at + 1), list.line) } };
  }
  let text = source.slice(list.start, list.end);
  if (isDefinition) text = text.replace(/^\(\s*module\s+definition/, "(module");
  return { name, source: { kind: "text", text } };
}

function parseThread(list: List, source: string): Directive {
  const name = asWord(list.items[1], list.line), shared: string[] = [], body: Directive[] = [];
  for (const item of list.items.slice(2)) {
    const part = asList(item, list.line);
    if (headWord(part) === "shared") {
      for (const inner of part.items.slice(1)) shared.push(asWord(asList(inner, list.line).items[1], list.line));
    } else {
      body.push(parseDirective(part, source));
    }
  }
  return { kind: "thread", line: list.line, name, shared, body };
}

function parseAction(node: Node | undefined): Action {
  const list = asList(node), keyword = headWord(list), line = list.line;
  const instance = optionalName(list.items[1]), at = instance === undefined ? 1 : 2;
  const field = asText(list.items[at], line);
  if (keyword === "get") return { kind: "get", instance, field };
  if (keyword === "invoke") return { kind: "invoke", instance, field, args: list.items.slice(at + 1).map(parseConst) };
  throw new WastError(line, `unknown action '${keyword}'`);
}

function joinStrings(nodes: readonly Node[], line: number): Uint8Array {
  const parts = nodes.map((node) => {
    if (node.kind !== "string") throw new WastError(line, "expected a string");
    return node.bytes;
  });
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function headWord(node: Node): string {
  const first = node.kind === "list" ? node.items[0] : undefined;
  return first?.kind === "atom" ? first.text : "";
}

function asList(node: Node | undefined, line = 0): List {
  if (node?.kind === "list") return node;
  throw new WastError(node?.line ?? line, "expected a list");
}

function asWord(node: Node | undefined, line: number): string {
  if (node?.kind === "atom") return node.text;
  throw new WastError(line, "expected a word");
}

function asText(node: Node | undefined, line: number): string {
  if (node?.kind === "string") return new TextDecoder("utf-8", { ignoreBOM: true }).decode(node.bytes);
  throw new WastError(line, "expected a string");
}

function optionalName(node: Node | undefined): string | undefined {
  return node?.kind === "atom" && node.text.startsWith("$") ? node.text : undefined;
}
