/** `getopts`. Where it is within an argument like `-abc` is its own; a change of OPTIND starts it over. */
import { at, Buffer, Bytes, bytes, decimal, EMPTY, indexOf, is, isName, parseCount, slice } from "../bytes";
import { assignOrFail } from "../expand";
import { complain } from "../report";
import { shell } from "../state";
import { OPTARG, OPTIND, unset, variable, watch } from "../variables";
import { misuse } from "./options";

let offset: i32 = 0;

/** For subshells: where it is. */
export function getoptsPlace(): i32 {
  return watch.optindChanged ? 0 : offset;
}

export function setGetoptsPlace(place: i32): void {
  offset = place;
  watch.optindChanged = false;
}

function single(byte: i32): Bytes {
  const value = new ArrayBuffer(1);
  store<u8>(changetype<usize>(value), <u8>byte);
  return value;
}

export function getopts(args: Array<Bytes>): i32 {
  if (args.length < 3) return misuse(args, "usage: getopts optstring name [argument...]");
  const letters = args[1];
  const name = args[2];
  if (!isName(name)) return misuse(args, "bad variable name");
  const list = args.length > 3 ? args.slice(3) : shell.positional;
  const value = OPTIND.value;
  let index = value ? parseCount(value) : 1;
  if (index < 1) index = 1;
  if (watch.optindChanged) offset = 0;
  const quiet = letters.byteLength > 0 && at(letters, 0) == 0x3a;
  const done = step(letters, name, list, index, quiet);
  watch.optindChanged = false;
  return done;
}

function finish(name: Bytes, found: Bytes, index: i32, status: i32): i32 {
  assignOrFail(OPTIND, decimal(index));
  assignOrFail(variable(name), found);
  return status;
}

function step(letters: Bytes, name: Bytes, list: Array<Bytes>, start: i32, quiet: bool): i32 {
  let index = start;
  if (offset == 0) {
    const argument = index <= list.length ? list[index - 1] : EMPTY;
    const isEnd = argument.byteLength < 2 || at(argument, 0) != 0x2d;
    if (isEnd || is(argument, "--")) {
      if (!isEnd) index++;
      unset(OPTARG);
      return finish(name, bytes("?"), index, 1);
    }
    offset = 1;
  }
  const argument = index <= list.length ? list[index - 1] : EMPTY;
  if (offset >= argument.byteLength) {
    offset = 0;
    unset(OPTARG);
    return finish(name, bytes("?"), index, 1);
  }
  const letter = at(argument, offset++);
  const place = letter == 0x3a ? -1 : indexOf(letters, letter);
  if (offset == argument.byteLength) {
    offset = 0;
    index++;
  }
  if (place < 0) {
    if (quiet) assignOrFail(OPTARG, single(letter));
    else {
      unset(OPTARG);
      complain(new Buffer(32).text("getopts: illegal option -- ").add(single(letter)).copy());
    }
    return finish(name, bytes("?"), index, 0);
  }
  if (place + 1 >= letters.byteLength || at(letters, place + 1) != 0x3a) {
    unset(OPTARG);
    return finish(name, single(letter), index, 0);
  }
  if (offset > 0) {
    assignOrFail(OPTARG, slice(argument, offset));
    offset = 0;
    index++;
  } else if (index <= list.length) assignOrFail(OPTARG, list[index++ - 1]);
  else {
    if (quiet) {
      assignOrFail(OPTARG, single(letter));
      return finish(name, bytes(":"), index, 0);
    }
    unset(OPTARG);
    complain(new Buffer(48).text("getopts: option requires an argument -- ").add(single(letter)).copy());
    return finish(name, bytes("?"), index, 0);
  }
  return finish(name, single(letter), index, 0);
}
