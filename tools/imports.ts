/**
 * Finds the import specifiers of a TypeScript file without a parser: a tokenizer that knows
 * comments, strings, templates and regular expressions, then four patterns over its tokens.
 *
 * A `/` opens a regular expression unless the token before it ends an operand; the two
 * cases where that guesses wrong (after `)` and `}`) end at the end of the line at the latest.
 */

export type ImportKind = "value" | "type" | "dynamic";

export interface FoundImport {
  readonly kind: ImportKind;
  /** Undefined for a dynamic import whose specifier is computed. */
  readonly specifier: string | undefined;
  /** Counts from 1. */
  readonly line: number;
}

interface Token {
  readonly kind: "word" | "string" | "punct";
  readonly text: string;
  readonly line: number;
}

const WORD = /[\p{ID_Start}$_#][\p{ID_Continue}$\u200c\u200d]*|\d[\w.]*/uy;
const REGEXP = /\/(?![*/])(?:[^\\/[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+\/[a-z]*/y;
const OPERATOR_WORDS = new Set(["return", "typeof", "case", "in", "of", "do", "else", "void", "delete", "throw", "new", "await", "yield", "instanceof"]);

function endsOperand(token: Token | undefined): boolean {
  if (token === undefined) return false;
  if (token.kind === "string") return true;
  if (token.kind === "word") return !OPERATOR_WORDS.has(token.text);
  return token.text === ")" || token.text === "]" || token.text === "}";
}

/** Text of a quoted string that starts at `start`, and the position after it. */
function readQuoted(source: string, start: number): { text: string; end: number } {
  const quote = source[start];
  let at = start + 1;
  while (at < source.length && source[at] !== quote && source[at] !== "\n") at += source[at] === "\\" ? 2 : 1;
  return { text: source.slice(start + 1, at), end: at + 1 };
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  /** Open braces; true for the `${` of a template, whose `}` resumes the template's text. */
  const braces: boolean[] = [];
  let at = 0;
  let line = 1;

  const skip = (to: number): void => {
    for (; at < to && at < source.length; at++) if (source[at] === "\n") line++;
  };
  /** From just after a backquote or a template's `}` to just after the next backquote or `${`. */
  const skipTemplateText = (): void => {
    while (at < source.length) {
      if (source[at] === "\\") skip(at + 2);
      else if (source[at] === "`") return skip(at + 1);
      else if (source.startsWith("${", at)) {
        braces.push(true);
        return skip(at + 2);
      } else skip(at + 1);
    }
  };

  if (source.startsWith("#!")) skip(source.indexOf("\n") >>> 0);
  while (at < source.length) {
    const char = source[at] ?? "";
    if (/\s/.test(char)) skip(at + 1);
    else if (source.startsWith("//", at)) skip(source.indexOf("\n", at) >>> 0);
    else if (source.startsWith("/*", at)) skip((source.indexOf("*/", at + 2) >>> 0) + 2);
    else if (char === '"' || char === "'") {
      const { text, end } = readQuoted(source, at);
      tokens.push({ kind: "string", text, line });
      skip(end);
    } else if (char === "`") {
      const start = at;
      const startLine = line;
      skip(at + 1);
      skipTemplateText();
      // A template without substitutions is a string; one with them is an operand of unknown text.
      const plain = source[at - 1] === "`";
      tokens.push(plain ? { kind: "string", text: source.slice(start + 1, at - 1), line: startLine } : { kind: "punct", text: "`", line: startLine });
    } else if (char === "}" && braces.pop() === true) {
      skip(at + 1);
      skipTemplateText();
      tokens.push({ kind: "punct", text: "]", line });
    } else {
      WORD.lastIndex = at;
      REGEXP.lastIndex = at;
      const word = WORD.exec(source)?.[0];
      const regexp = char === "/" && !endsOperand(tokens.at(-1)) ? REGEXP.exec(source)?.[0] : undefined;
      if (char === "{") braces.push(false);
      const kind = word !== undefined ? "word" : regexp !== undefined ? "string" : "punct";
      const text = word ?? regexp ?? char;
      tokens.push({ kind, text, line });
      skip(at + text.length);
    }
  }
  return tokens;
}

/** Every static, type-only, re-exporting and dynamic import of `source`, in order. */
export function findImports(source: string): FoundImport[] {
  const tokens = tokenize(source);
  const found: FoundImport[] = [];
  const isWord = (index: number, text: string): boolean => tokens[index]?.kind === "word" && tokens[index]?.text === text;
  const isPunct = (index: number, text: string): boolean => tokens[index]?.kind === "punct" && tokens[index]?.text === text;

  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined || isPunct(i - 1, ".")) continue;
    if (isWord(i, "import")) {
      const next = tokens[i + 1];
      if (next?.kind === "string") found.push({ kind: "value", specifier: next.text, line: token.line });
      else if (isPunct(i + 1, "(")) {
        const argument = tokens[i + 2];
        const literal = argument?.kind === "string" && (isPunct(i + 3, ")") || isPunct(i + 3, ","));
        found.push({ kind: "dynamic", specifier: literal ? argument.text : undefined, line: token.line });
      } else if (next?.kind === "word" || isPunct(i + 1, "{") || isPunct(i + 1, "*")) {
        const specifier = fromClause(tokens, i + 1);
        const typeOnly = isWord(i + 1, "type") && !isWord(i + 2, "from") && !isPunct(i + 2, ",");
        if (specifier !== undefined) found.push({ kind: typeOnly ? "type" : "value", specifier, line: token.line });
      }
    } else if (isWord(i, "export")) {
      const typeOnly = isWord(i + 1, "type");
      const clause = typeOnly ? i + 2 : i + 1;
      if (!isPunct(clause, "{") && !isPunct(clause, "*")) continue;
      const specifier = fromClause(tokens, clause);
      if (specifier !== undefined) found.push({ kind: typeOnly ? "type" : "value", specifier, line: token.line });
    }
  }
  return found;
}

/** The string after `from`, when the tokens from `start` are an import or export clause that has one. */
function fromClause(tokens: readonly Token[], start: number): string | undefined {
  for (let i = start; i < tokens.length; i++) {
    const token = tokens[i];
    const next = tokens[i + 1];
    if (token?.kind === "word" && token.text === "from" && next?.kind === "string") return next.text;
    // Words, names as strings, braces, commas and `*` are all that a clause holds.
    const inClause = token !== undefined && (token.kind !== "punct" || "{},*".includes(token.text));
    // `export { a }` without `from` ends at its brace.
    const ended = token?.text === "}" && next?.text !== "from" && next?.text !== ",";
    if (!inClause || ended) return undefined;
  }
  return undefined;
}
