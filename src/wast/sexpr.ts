/**
 * Reader of s-expressions: the lexical level of the WebAssembly text format.
 *
 * Nodes keep the range of source text they span, so that the text of a module can be handed on
 * exactly as written (annotations included). Annotations `(@id ...)` and comments are skipped
 * here; they are not part of the tree.
 *
 * Spec: core text/lexical.
 */
import { IsolaError } from "#base";


/** Where something begins in a script; lines and columns count from 1, columns in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** `[start, end)` is the node's range in the source text, parentheses and quotes included. */
interface Ranged extends Place {
  readonly start: number;
  readonly end: number;
}

/** A word: keyword, number, `$id` or any other reserved token, as written. */
export interface Atom extends Ranged {
  readonly kind: "atom";
  readonly text: string;
}
/** A string literal with its escapes resolved. */
export interface Str extends Ranged {
  readonly kind: "string";
  readonly bytes: Uint8Array;
}
/** `( items )`. */
export interface List extends Ranged {
  readonly kind: "list";
  readonly items: readonly Node[];
}
export type Node = Atom | Str | List;

/** A script that cannot be read: where, and what is wrong. The message begins with line and column. */
export class WastError extends IsolaError {
  readonly code = "wast/syntax";
  readonly line: number;
  readonly column: number;
  /** The message without the place. */
  readonly reason: string;
  constructor({ line, column }: Place, reason: string) {
    super(`${line}:${column}: ${reason}`);
    this.line = line;
    this.column = column;
    this.reason = reason;
  }
}

const OPEN = 0x28, CLOSE = 0x29, QUOTE = 0x22, SEMICOLON = 0x3b, BACKSLASH = 0x5c, LF = 0x0a, CR = 0x0d, AT = 0x40, DOLLAR = 0x24;

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === LF || code === CR;
const endsAtom = (code: number): boolean => isSpace(code) || code === OPEN || code === CLOSE || code === QUOTE || code === SEMICOLON;

/** Reads all top-level nodes of `source`. @throws WastError on unbalanced or malformed input. */
export function parseSexprs(source: string): Node[] {
  const reader = new Reader(source);
  const nodes: Node[] = [];
  for (let node = reader.node(); node !== undefined; node = reader.node()) nodes.push(node);
  reader.expectEnd();
  return nodes;
}

class Reader {
  readonly #source: string;
  #at = 0;
  #line = 1;
  /** Where the line begins. */
  #lineStart = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** The next node, or undefined before a `)` or at the end of the source. */
  node(): Node | undefined {
    for (;;) {
      this.#skipSpace();
      const code = this.#source.charCodeAt(this.#at);
      if (Number.isNaN(code) || code === CLOSE) return undefined;
      if (code !== OPEN) return code === QUOTE ? this.#string() : this.#atom();
      const annotation = this.#source.charCodeAt(this.#at + 1) === AT;
      const list = this.#list();
      if (!annotation) return list;
    }
  }

  expectEnd(): void {
    if (this.#at < this.#source.length) throw new WastError(this.#place(), "unbalanced ')'");
  }

  #place(): Place {
    return { line: this.#line, column: this.#at - this.#lineStart + 1 };
  }

  /** Counts the line end that the next character is, if it is one. */
  #countLine(code: number): void {
    // A carriage return with its line feed is one line end, alone it is one too.
    if (code !== LF && (code !== CR || this.#source.charCodeAt(this.#at + 1) === LF)) return;
    this.#line++;
    this.#lineStart = this.#at + 1;
  }

  #list(): List {
    const start = this.#at, place = this.#place(), items: Node[] = [];
    this.#at++;
    for (let item = this.node(); item !== undefined; item = this.node()) items.push(item);
    if (this.#source.charCodeAt(this.#at) !== CLOSE) throw new WastError(place, "this '(' is never closed");
    this.#at++;
    return { kind: "list", items, ...place, start, end: this.#at };
  }

  #atom(): Atom {
    const start = this.#at, place = this.#place();
    if (this.#source.charCodeAt(start) === DOLLAR && this.#source.charCodeAt(start + 1) === QUOTE) {
      this.#at++;
      const name = this.#string();
      return { kind: "atom", text: `$${new TextDecoder().decode(name.bytes)}`, ...place, start, end: this.#at };
    }
    while (this.#at < this.#source.length && !endsAtom(this.#source.charCodeAt(this.#at))) this.#at++;
    // A lone semicolon is a token that only annotations may hold.
    if (this.#at === start) this.#at++;
    return { kind: "atom", text: this.#source.slice(start, this.#at), ...place, start, end: this.#at };
  }

  #skipSpace(): void {
    const source = this.#source;
    for (;;) {
      const code = source.charCodeAt(this.#at);
      if (isSpace(code)) {
        this.#countLine(code);
        this.#at++;
      } else if (code === SEMICOLON && source.charCodeAt(this.#at + 1) === SEMICOLON) {
        while (this.#at < source.length && source.charCodeAt(this.#at) !== LF && source.charCodeAt(this.#at) !== CR) this.#at++;
      } else if (code === OPEN && source.charCodeAt(this.#at + 1) === SEMICOLON) {
        this.#blockComment();
      } else {
        return;
      }
    }
  }

  #blockComment(): void {
    const source = this.#source, place = this.#place();
    let depth = 0;
    do {
      if (this.#at >= source.length) throw new WastError(place, "this comment is never closed");
      const code = source.charCodeAt(this.#at), next = source.charCodeAt(this.#at + 1);
      if (code === OPEN && next === SEMICOLON) {
        depth++;
        this.#at += 2;
      } else if (code === SEMICOLON && next === CLOSE) {
        depth--;
        this.#at += 2;
      } else {
        this.#countLine(code);
        this.#at++;
      }
    } while (depth > 0);
  }

  #string(): Str {
    const source = this.#source, place = this.#place(), start = ++this.#at;
    while (source.charCodeAt(this.#at) !== QUOTE) {
      if (this.#at >= source.length || source.charCodeAt(this.#at) === LF) throw new WastError(place, "this string is never closed");
      this.#at += source.charCodeAt(this.#at) === BACKSLASH ? 2 : 1;
    }
    const raw = source.slice(start, this.#at++);
    return { kind: "string", bytes: unescapeString(raw, place), ...place, start: start - 1, end: this.#at };
  }
}

const ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, '"': 0x22, "'": 0x27, "\\": 0x5c };

function unescapeString(raw: string, place: Place): Uint8Array {
  const encoder = new TextEncoder();
  if (!raw.includes("\\")) return encoder.encode(raw);
  const bytes: number[] = [];
  for (let at = 0; at < raw.length;) {
    if (raw.charCodeAt(at) !== BACKSLASH) {
      let end = raw.indexOf("\\", at);
      if (end < 0) end = raw.length;
      for (const byte of encoder.encode(raw.slice(at, end))) bytes.push(byte);
      at = end;
      continue;
    }
    const letter = raw[at + 1] ?? "", simple = ESCAPES[letter];
    const pair = /^[0-9a-fA-F]{2}/.exec(raw.slice(at + 1, at + 3));
    const point = /^u\{([0-9a-fA-F_]+)\}/.exec(raw.slice(at + 1, at + 32));
    if (simple !== undefined) {
      bytes.push(simple);
      at += 2;
    } else if (point !== null) {
      const value = Number.parseInt((point[1] ?? "").replaceAll("_", ""), 16);
      if (!(value < 0xd800 || (value >= 0xe000 && value < 0x110000))) throw new WastError(place, `'\\${point[0]}' is no Unicode scalar value`);
      bytes.push(...encoder.encode(String.fromCodePoint(value)));
      at += 1 + point[0].length;
    } else if (pair !== null) {
      bytes.push(Number.parseInt(pair[0], 16));
      at += 3;
    } else {
      throw new WastError(place, `unknown escape '\\${letter}'`);
    }
  }
  return Uint8Array.from(bytes);
}
