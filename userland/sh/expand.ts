/**
 * Word expansion. Every function leaves the shell unwinding after an error; callers look at `shell.unwind`.
 *
 * Spec: POSIX XCU 2.6.
 */
import { evaluate } from "./arithmetic";
import { Buffer, Bytes, bytes, countCharacters, decimal, EMPTY, slice } from "./bytes";
import { Fields, isOneField, Mode } from "./fields";
import { matchedPrefix, matchedSuffix } from "./pattern";
import { fail } from "./report";
import { Option, positional, shell, Unwind } from "./state";
import { substitute } from "./substitution";
import { Op, Part, PartKind, Word } from "./syntax";
import { assign, HOME, IFS, LINENO, Variable } from "./variables";

const SPACE = bytes(" ");

/** Words in words use one `Fields` for each depth; they are kept for the next word. */
const pool: Array<Fields> = [];
let depth = 0;

const NO_FIELDS: Array<Bytes> = [];

function enter(mode: u8, into: Array<Bytes>): Fields {
  if (depth == pool.length) pool.push(new Fields());
  const fields = pool[depth++];
  fields.begin(mode, into);
  return fields;
}

/** Expands a word to any number of fields, which are added. */
export function expandFields(word: Word, into: Array<Bytes>): void {
  const literal = word.literal;
  if (literal) {
    into.push(literal);
    return;
  }
  if (word.assigned) {
    into.push(expandText(word));
    return;
  }
  const parts = word.parts;
  if (parts.length == 1) {
    const part = parts[0];
    if (part.kind == PartKind.parameter && part.op == Op.none && part.special != 0x40 && part.special != 0x2a) {
      const value = parameterValue(part);
      if (!value) {
        if (part.quoted && shell.unwind == Unwind.none) into.push(EMPTY);
        return;
      }
      if (part.quoted || isOneField(value)) {
        into.push(value);
        return;
      }
    }
  }
  const fields = enter(Mode.fields, into);
  addParts(fields, word, false);
  if (shell.unwind == Unwind.none) fields.finish();
  depth--;
}

/** Expands a word to one text: nothing is split or matched. */
export function expandText(word: Word): Bytes {
  const literal = word.literal;
  if (literal) return literal;
  const fields = enter(Mode.text, NO_FIELDS);
  addParts(fields, word, false);
  depth--;
  return fields.take();
}

/** Expands a word to a pattern. */
export function expandPattern(word: Word): Bytes {
  const fields = enter(Mode.pattern, NO_FIELDS);
  addParts(fields, word, false);
  depth--;
  return fields.take();
}

/** `splitLiterals`: the word is itself what an expansion stands for, so its unquoted text is split too. */
function addParts(fields: Fields, word: Word, splitLiterals: bool): void {
  const parts = word.parts;
  for (let index = 0; index < parts.length && shell.unwind == Unwind.none; index++) {
    const part = parts[index];
    switch (part.kind) {
      case PartKind.literal:
        if (splitLiterals && !part.quoted) fields.value(part.text, false);
        else fields.literal(part.text, part.quoted);
        break;
      case PartKind.parameter:
        addParameter(fields, part);
        break;
      case PartKind.command: {
        const value = substitute(part.body);
        if (shell.unwind == Unwind.none) fields.value(value, part.quoted);
        break;
      }
      case PartKind.arithmetic: {
        const text = expandText(part.word!);
        if (shell.unwind != Unwind.none) return;
        const value = evaluate(text);
        if (shell.unwind == Unwind.none) fields.value(decimal(value), part.quoted);
        break;
      }
      default:
        fields.literal(home(part.text), true);
    }
  }
}

/** What a tilde stands for. Only the own home is known. */
function home(user: Bytes): Bytes {
  const value = HOME.value;
  if (user.byteLength == 0 && value) return value;
  return new Buffer(user.byteLength + 1).text("~").add(user).copy();
}

/** The value of a parameter that is not `@` or `*`; null when it is unset, which `set -u` makes an error. */
function parameterValue(part: Part): Bytes | null {
  const value = rawValue(part);
  if (!value && shell.has(Option.nounset)) fail(new Buffer().add(nameOf(part)).text(": parameter not set").copy(), 2);
  return value;
}

function rawValue(part: Part): Bytes | null {
  const target = part.variable;
  if (target) return target === LINENO ? decimal(shell.line) : target.value;
  switch (part.special) {
    case 0x64: return positional(part.index);
    case 0x23: return decimal(shell.positional.length);
    case 0x3f: return decimal(shell.status);
    case 0x2d: return shell.flags();
    case 0x24: return decimal(shell.pid);
    case 0x21: return shell.lastBackground != 0 ? decimal(shell.lastBackground) : null;
    default: return null;
  }
}

function nameOf(part: Part): Bytes {
  if (part.variable) return part.text;
  if (part.special == 0x64) return decimal(part.index);
  const name = new ArrayBuffer(1);
  store<u8>(changetype<usize>(name), part.special);
  return name;
}

/** What stands between the fields of `"$*"`. */
function starSeparator(): Bytes {
  const value = IFS.value;
  if (!value) return SPACE;
  return value.byteLength == 0 ? EMPTY : slice(value, 0, 1);
}

function addParameter(fields: Fields, part: Part): void {
  if (part.special == 0x40 || part.special == 0x2a) {
    addPositional(fields, part);
    return;
  }
  if (part.op == Op.none) {
    const value = parameterValue(part);
    if (value) fields.value(value, part.quoted);
    else if (part.quoted) fields.begun();
    return;
  }
  const value = rawValue(part);
  switch (part.op) {
    case Op.orElse:
    case Op.assign:
    case Op.error: {
      if (value && !(part.colon && value.byteLength == 0)) {
        fields.value(value, part.quoted);
        return;
      }
      instead(fields, part);
      return;
    }
    case Op.instead:
      if (value && !(part.colon && value.byteLength == 0)) useWord(fields, part);
      else if (part.quoted) fields.begun();
      return;
    case Op.bad:
      fail(bytes("bad substitution"), 2);
      return;
  }
  if (!value && shell.has(Option.nounset)) {
    fail(new Buffer().add(nameOf(part)).text(": parameter not set").copy(), 2);
    return;
  }
  if (part.op == Op.length) {
    fields.value(decimal(value ? countCharacters(value) : 0), part.quoted);
    return;
  }
  const cut = trim(part, value ? value : EMPTY);
  if (shell.unwind == Unwind.none) fields.value(cut, part.quoted);
}

/** The word of an operator, in place of the parameter. */
function useWord(fields: Fields, part: Part): void {
  const word = part.word!;
  if (part.quoted) fields.begun();
  addParts(fields, word, !part.quoted);
}

/** A parameter that is unset, or empty where that counts, with `-`, `=` or `?`. */
function instead(fields: Fields, part: Part): void {
  if (part.op == Op.orElse) {
    useWord(fields, part);
    return;
  }
  if (part.op == Op.error) {
    const word = part.word!;
    const text = expandText(word);
    if (shell.unwind != Unwind.none) return;
    const message = new Buffer().add(nameOf(part)).text(": ");
    if (word.parts.length > 0) message.append(text);
    else message.text(part.colon ? "parameter not set or null" : "parameter not set");
    fail(message.copy(), 2);
    return;
  }
  const target = part.variable;
  if (!target) {
    fail(new Buffer().add(nameOf(part)).text(": bad variable name").copy(), 2);
    return;
  }
  const text = expandText(part.word!);
  if (shell.unwind != Unwind.none) return;
  assignOrFail(target, text);
  if (shell.unwind == Unwind.none) fields.value(text, part.quoted);
}

/** Gives a variable a value; an error when it is read-only. */
export function assignOrFail(target: Variable, value: Bytes): void {
  if (!assign(target, value)) fail(new Buffer().add(target.name).text(": is read only").copy(), 2);
}

/** What `#`, `##`, `%` and `%%` leave of a value. */
function trim(part: Part, value: Bytes): Bytes {
  const pattern = expandPattern(part.word!);
  if (shell.unwind != Unwind.none || pattern.byteLength == 0) return value;
  if (part.op == Op.shortPrefix || part.op == Op.longPrefix) {
    const end = matchedPrefix(pattern, value, part.op == Op.longPrefix);
    return end < 0 ? value : slice(value, end);
  }
  const from = matchedSuffix(pattern, value, part.op == Op.longSuffix);
  return from < 0 ? value : slice(value, 0, from);
}

/** `$@` and `$*`, with any operator. */
function addPositional(fields: Fields, part: Part): void {
  let list = shell.positional;
  switch (part.op) {
    case Op.none: break;
    case Op.length:
      fields.value(decimal(list.length), part.quoted);
      return;
    case Op.bad:
      fail(bytes("bad substitution"), 2);
      return;
    case Op.orElse: case Op.assign: case Op.error: case Op.instead: {
      const isSet = list.length > 0 && !(part.colon && list.length == 1 && list[0].byteLength == 0);
      if (part.op == Op.instead) {
        if (isSet) useWord(fields, part);
        return;
      }
      if (!isSet) {
        instead(fields, part);
        return;
      }
      break;
    }
    default: {
      const cut = new Array<Bytes>(0);
      for (let index = 0; index < list.length && shell.unwind == Unwind.none; index++) cut.push(trim(part, list[index]));
      list = cut;
    }
  }
  const separate = fields.mode == Mode.fields && (part.special == 0x40 || !part.quoted);
  if (!separate) {
    const separator = part.special == 0x40 ? SPACE : starSeparator();
    const joined = new Buffer(64);
    for (let index = 0; index < list.length; index++) {
      if (index > 0) joined.append(separator);
      joined.append(list[index]);
    }
    if (list.length > 0 || part.quoted && part.special == 0x2a) fields.value(joined.copy(), part.quoted);
    return;
  }
  for (let index = 0; index < list.length; index++) {
    if (index > 0) fields.next();
    fields.value(list[index], part.quoted);
  }
}
