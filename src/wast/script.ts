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
import type { List, Node, Place } from "./sexpr.ts";
import { parseConst, parsePattern } from "./value.ts";
import type { Const, Pattern } from "./value.ts";

/** A module as it stands in a script: text and where in the script that begins, the bytes themselves, or text inside strings. */
export type ModuleSource =
  | { readonly kind: "text"; readonly text: string; readonly place: Place }
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

/** Words that begin a field of a module; a script that begins with one is one module. */
const FIELD_WORDS = new Set(["type", "rec", "import", "func", "table", "memory", "global", "export", "start", "elem", "data", "tag"]);
/** What stands before bare fields, a line of its own so that their columns stay. */
const MODULE_HEAD = "(module\n";

/** @throws WastError when the script cannot be read. */
export function parseScript(source: string): Directive[] {
  try {
    return parseNodes(parseSexprs(source), source);
  } catch (error) {
    // Lists are read recursively; the host says by this error that its stack is used up.
    if (error instanceof RangeError) throw new WastError({ line: 1, column: 1 }, "the script is nested too deeply");
    throw error;
  }
}

function parseNodes(nodes: readonly Node[], source: string): Directive[] {
  const first = nodes[0];
  if (first !== undefined && FIELD_WORDS.has(headWord(first))) {
    const text = `${MODULE_HEAD}${source}\n)`;
    return [{ kind: "module", line: first.line, module: { name: undefined, source: { kind: "text", text, place: { line: 0, column: 1 } } } }];
  }
  return nodes.map((node) => parseDirective(node, source));
}

function parseDirective(node: Node, source: string): Directive {
  const list = asList(node, node), line = list.line, rest = list.items.slice(1), keyword = headWord(list);
  const message = (): string => asText(rest[1], list), target = (): List => asList(rest[0], list);
  const action = (): Action => parseAction(target()), module = (): ScriptModule => parseModule(target(), source);
  switch (keyword) {
    case "module":
      return parseModuleDirective(list, source);
    case "register":
      expectLength(list, 2, 3);
      return { kind: "register", line, as: asText(rest[0], list), instance: rest[1] === undefined ? undefined : asName(rest[1], list) };
    case "invoke":
    case "get":
      return { kind: "action", line, action: parseAction(list) };
    case "assert_return":
      return { kind: "assert_return", line, action: action(), results: rest.slice(1).map(parsePattern) };
    case "assert_exception":
      expectLength(list, 2, 2);
      return { kind: "assert_exception", line, action: action() };
    case "assert_exhaustion":
      expectLength(list, 3, 3);
      return { kind: "assert_exhaustion", line, action: action(), message: message() };
    case "assert_trap":
      expectLength(list, 3, 3);
      return headWord(target()) === "module"
        ? { kind: "assert_module_trap", line, module: module(), message: message() }
        : { kind: "assert_trap", line, action: action(), message: message() };
    case "assert_unlinkable":
      expectLength(list, 3, 3);
      return { kind: "assert_unlinkable", line, module: module(), message: message() };
    case "assert_invalid":
    case "assert_invalid_custom":
      expectLength(list, 3, 3);
      return { kind: "assert_invalid", line, module: module(), message: message() };
    case "assert_malformed":
    case "assert_malformed_custom":
      expectLength(list, 3, 3);
      return { kind: "assert_malformed", line, module: module(), message: message() };
    case "thread":
      return parseThread(list, source);
    case "wait":
      expectLength(list, 2, 2);
      return { kind: "wait", line, thread: asName(rest[0], list) };
    default:
      throw new WastError(list, keyword === "" ? "expected a directive" : `unknown directive '${keyword}'`);
  }
}

function parseModuleDirective(list: List, source: string): Directive {
  const line = list.line, form = list.items[1];
  if (isWord(form, "instance")) {
    expectLength(list, 2, 4);
    return { kind: "instance", line, name: optionalName(list.items[2]), definition: optionalName(list.items[3]) };
  }
  return { kind: isWord(form, "definition") ? "definition" : "module", line, module: parseModule(list, source) };
}

function parseModule(list: List, source: string): ScriptModule {
  if (headWord(list) !== "module") throw new WastError(list, "expected a module");
  const isDefinition = isWord(list.items[1], "definition");
  let at = isDefinition ? 2 : 1;
  const name = optionalName(list.items[at]);
  if (name !== undefined) at++;
  const form = list.items[at];
  if (form?.kind === "atom" && (form.text === "binary" || form.text === "quote")) {
    return { name, source: { kind: form.text, bytes: joinStrings(list.items.slice(at + 1)) } };
  }
  let text = source.slice(list.start, list.end);
  // Blanks in its place, so that columns stay.
  if (isDefinition) text = text.replace("definition", " ".repeat("definition".length));
  return { name, source: { kind: "text", text, place: { line: list.line, column: list.column } } };
}

function parseThread(list: List, source: string): Directive {
  const name = asName(list.items[1], list), shared: string[] = [], body: Directive[] = [];
  for (const item of list.items.slice(2)) {
    const part = asList(item, list);
    if (headWord(part) === "shared") {
      for (const inner of part.items.slice(1)) {
        if (headWord(inner) !== "module") throw new WastError(inner, "expected a module's name, as in (module $M)");
        shared.push(asName(asList(inner, part).items[1], inner));
      }
    } else {
      body.push(parseDirective(part, source));
    }
  }
  return { kind: "thread", line: list.line, name, shared, body };
}

function parseAction(list: List): Action {
  const keyword = headWord(list);
  const instance = optionalName(list.items[1]), at = instance === undefined ? 1 : 2;
  if (keyword !== "get" && keyword !== "invoke") throw new WastError(list, keyword === "" ? "expected an action" : `unknown action '${keyword}'`);
  const field = asText(list.items[at], list);
  if (keyword === "invoke") return { kind: "invoke", instance, field, args: list.items.slice(at + 1).map(parseConst) };
  expectLength(list, at + 1, at + 1);
  return { kind: "get", instance, field };
}

function joinStrings(nodes: readonly Node[]): Uint8Array {
  const parts = nodes.map((node) => {
    if (node.kind !== "string") throw new WastError(node, "expected a string");
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

/** @throws WastError when the list has not `min` to `max` items, its keyword counted. */
function expectLength(list: List, min: number, max: number): void {
  const { length } = list.items;
  if (length < min) throw new WastError(list, `'${headWord(list)}' lacks something`);
  const extra = list.items[max];
  if (extra !== undefined) throw new WastError(extra, `'${headWord(list)}' has more than belongs to it`);
}

function headWord(node: Node): string {
  const first = node.kind === "list" ? node.items[0] : undefined;
  return first?.kind === "atom" ? first.text : "";
}

const isWord = (node: Node | undefined, text: string): boolean => node?.kind === "atom" && node.text === text;

/** `place` is where something is missing when there is no node. */
function asList(node: Node | undefined, place: Place): List {
  if (node?.kind === "list") return node;
  throw new WastError(node ?? place, "expected a list in parentheses");
}

function asName(node: Node | undefined, place: Place): string {
  const name = optionalName(node);
  if (name !== undefined) return name;
  throw new WastError(node ?? place, "expected a name such as $M");
}

function asText(node: Node | undefined, place: Place): string {
  if (node?.kind === "string") return new TextDecoder("utf-8", { ignoreBOM: true }).decode(node.bytes);
  throw new WastError(node ?? place, "expected a string");
}

function optionalName(node: Node | undefined): string | undefined {
  return node?.kind === "atom" && node.text.startsWith("$") ? node.text : undefined;
}
