/**
 * Reader of s-expressions: the lexical level of the WebAssembly text format.
 *
 * Lists keep the range of source text they span, so that the text of a module can be handed on
 * exactly as written (annotations included). Annotations `(@id ...)` and comments are skipped
 * here; they are not part of the tree.
 *
 * Spec: core text/lexical.
 */

/** A word: keyword, number, `$id` or any other reserved token, as written. */
export interface Atom {
  readonly kind: "atom";
  readonly text: string;
  readonly line: number;
}
/** A string literal with its escapes resolved. */
export interface Str {
  readonly kind: "string";
  readonly bytes: Uint8Array;
  readonly line: number;
}
/** `( items )`; `[start, end)` is its range in the source text, parentheses included. */
export interface List {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly line: number;
  readonly start: number;
  readonly end: number;
}
export type Node = Atom | Str | List;

/** A script that cannot be read: the position and what is wrong with it. */
export class WastError extends Error {
  readonly line: number;
  constructor(line: number, what: string) {
    super(`line ${line}: ${what}`);
    this.name = "WastError";
    this.line = line;
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
    if (this.#at < this.#source.length) throw new WastError(this.#line, "unbalanced ')'");
  }

  #list(): List {
    const start = this.#at, line = this.#line, items: Node[] = [];
    this.#at++;
    for (let item = this.node(); item !== undefined; item = this.node()) items.push(item);
    if (this.#source.charCodeAt(this.#at) !== CLOSE) throw new WastError(line, "this '(' is never closed");
    this.#at++;
    return { kind: "list", items, line, start, end: this.#at };
  }

  #atom(): Atom {
    const start = this.#at, line = this.#line;
    if (this.#source.charCodeAt(start) === DOLLAR && this.#source.charCodeAt(start + 1) === QUOTE) {
      this.#at++;
      const name = this.#string();
      return { kind: "atom", text: `$${new TextDecoder().decode(name.bytes)}`, line };
    }
    while (this.#at < this.#source.length && !endsAtom(this.#source.charCodeAt(this.#at))) this.#at++;
    // A lone semicolon is a token that only annotations may hold.
    if (this.#at === start) this.#at++;
    return { kind: "atom", text: this.#source.slice(start, this.#at), line };
  }

  #skipSpace(): void {
    const source = this.#source;
    for (;;) {
      const code = source.charCodeAt(this.#at);
      if (isSpace(code)) {
        // A carriage return with its line feed is one line end, alone it is one too.
        if (code === LF || (code === CR && source.charCodeAt(this.#at + 1) !== LF)) this.#line++;
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
    const source = this.#source, line = this.#line;
    let depth = 0;
    do {
      if (this.#at >= source.length) throw new WastError(line, "this comment is never closed");
      const code = source.charCodeAt(this.#at), next = source.charCodeAt(this.#at + 1);
      if (code === OPEN && next === SEMICOLON) {
        depth++;
        this.#at += 2;
      } else if (code === SEMICOLON && next === CLOSE) {
        depth--;
        this.#at += 2;
      } else {
        if (code === LF || (code === CR && next !== LF)) this.#line++;
        this.#at++;
      }
    } while (depth > 0);
  }

  #string(): Str {
    const source = this.#source, line = this.#line, start = ++this.#at;
    while (source.charCodeAt(this.#at) !== QUOTE) {
      if (this.#at >= source.length || source.charCodeAt(this.#at) === LF) throw new WastError(line, "this string is never closed");
      this.#at += source.charCodeAt(this.#at) === BACKSLASH ? 2 : 1;
    }
    const raw = source.slice(start, this.#at++);
    return { kind: "string", bytes: unescapeString(raw, line), line };
  }
}

const ESCAPES: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, '"': 0x22, "'": 0x27, "\\": 0x5c };

function unescapeString(raw: string, line: number): Uint8Array {
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
    const point = /^u\{([0-9a-fA-F_]+)\}/.exec(raw.slice(at + 1, at + 16));
    if (simple !== undefined) {
      bytes.push(simple);
      at += 2;
    } else if (point !== null) {
      bytes.push(...encoder.encode(String.fromCodePoint(Number.parseInt((point[1] ?? "").replaceAll("_", ""), 16))));
      at += 1 + point[0].length;
    } else if (pair !== null) {
      bytes.push(Number.parseInt(pair[0], 16));
      at += 3;
    } else {
      throw new WastError(line, `unknown escape '\\${letter}'`);
    }
  }
  return Uint8Array.from(bytes);
}
