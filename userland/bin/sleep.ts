/** Waits. */
import { DOT } from "../sdk/ascii";
import { Bytes, at, isDigit } from "../sdk/bytes";
import { Options } from "../sdk/options";
import { finish } from "../sdk/program";
import { sleep } from "../sdk/sleep";

const USAGE = `usage: sleep seconds...

Waits so many seconds, which may have a point in them, or "s", "m", "h" or "d" behind them. Several are added up.
`;
const SECOND: u64 = 1_000_000_000;
const LONGEST: u64 = SECOND * 86400 * 365 * 100;

export function _start(): void {
  const options = new Options(USAGE);
  while (options.next()) {}
  const operands = options.operands();
  if (operands.length == 0) options.misuse("needs a time");
  let total: u64 = 0;
  for (let index = 0; index < operands.length; index++) total = min(total + parse(options, operands[index]), LONGEST);
  sleep(total);
  finish();
}

function parse(options: Options, text: Bytes): u64 {
  let time: u64 = 0;
  let scale: u64 = 0;
  let digits = 0;
  for (let index = 0; index < text.byteLength; index++) {
    const byte = at(text, index);
    if (isDigit(byte)) {
      digits++;
      if (scale == 0) time = min(time * 10 + (byte - 0x30) * SECOND, LONGEST);
      else time += (byte - 0x30) * (scale /= 10);
    } else if (byte == DOT && scale == 0) {
      scale = SECOND;
    } else {
      const unit = unitOf(byte);
      if (unit == 0 || index != text.byteLength - 1) digits = -1000;
      time *= unit;
    }
  }
  if (digits <= 0) options.misuseOf(text, "no time");
  return min(time, LONGEST);
}

function unitOf(byte: i32): u64 {
  switch (byte) {
    case 0x73: return 1; // s
    case 0x6d: return 60; // m
    case 0x68: return 3600; // h
    case 0x64: return 86400; // d
    default: return 0;
  }
}
