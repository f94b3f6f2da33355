/** Questions to whoever is at standard input. */
import { BLANK, LINE_FEED } from "./ascii";
import { Bytes } from "./bytes";
import { Buffer } from "./buffer";
import { readSome, writeAll } from "./io";
import { programName } from "./program";

const BYTE = memory.data(1);

/** Asks on standard error; true for a line that begins with "y". No more than the line is read. */
export function ask(question: string, subject: Bytes): bool {
  const line = new Buffer();
  line.append(programName);
  line.appendText(": ");
  line.appendText(question);
  line.push(BLANK);
  line.append(subject);
  line.appendText("? ");
  writeAll(2, line.address, line.length);
  let first: i32 = -1;
  while (readSome(0, BYTE, 1) > 0 && load<u8>(BYTE) != LINE_FEED) if (first < 0) first = load<u8>(BYTE);
  return first == 0x79 || first == 0x59;
}
