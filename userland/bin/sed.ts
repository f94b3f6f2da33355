/** Edits lines as a script says. */
import { HASH, LINE_FEED } from "../sdk/ascii";
import { Bytes } from "../sdk/bytes";
import { Buffer } from "../sdk/buffer";
import { close, openToRead, openToWrite, rename } from "../sdk/files";
import { Input } from "../sdk/input";
import { Inputs } from "../sdk/inputs";
import { Options } from "../sdk/options";
import { Output, out } from "../sdk/output";
import { complainDoing, complainErrno, exit, status } from "../sdk/program";
import { Editor } from "../lib/sed/editor";
import { Lines } from "../lib/sed/lines";
import { Script } from "../lib/sed/script";

const USAGE = `usage: sed [-Enrs] [-i] script [file...] | sed [-Enrs] [-i] [-e script]... [-f file]... [file...]

Runs the script for each line of all files together, and writes what became of it.
It knows { } = a b c d D g G h H i l n N p P q Q r s t T w x y z : #, and addresses as numbers, $, /pattern/, \\cpatternc, first~step, two with a comma, addr,+n, 0,/pattern/, and !.
At the end of input N writes what there is.

  -n, --quiet               writes only what the script says
  -e, --expression SCRIPT   a part of the script
  -f, --file FILE           a part of the script is in this file
  -E, --regexp-extended     patterns are extended regular expressions
  -r                        the same as -E
  -i, --in-place            the files themselves become what is written, each apart
  -s, --separate            each file apart
`;
const SUFFIX = ".sed-new";

export function _start(): void {
  const options = new Options(USAGE);
  const text = new Buffer();
  let given = false;
  let silent = false;
  let extended = false;
  let separate = false;
  let inPlace = false;
  while (options.next()) {
    switch (options.flag) {
      case "n":
        silent = true;
        break;
      case "e":
      case "f":
        if (given) text.push(LINE_FEED);
        given = true;
        if (options.flag == "e") text.append(options.value);
        else readScript(text, options.value);
        break;
      case "i":
        inPlace = separate = true;
        break;
      case "s":
        separate = true;
        break;
      default:
        extended = true;
    }
  }
  let operands = options.operands();
  if (!given) {
    if (operands.length == 0) options.misuse("needs a script");
    text.append(operands[0]);
    operands = operands.slice(1);
  }
  if (inPlace && operands.length == 0) options.misuse("-i needs files");
  // #n as the first line is -n.
  if (text.length >= 2 && text.at(0) == HASH && text.at(1) == 0x6e && (text.length == 2 || text.at(2) == LINE_FEED)) silent = true;
  const script = new Script(extended);
  script.parse(text.toBytes());
  const lines = new Lines(new Inputs(operands), separate);
  const editor = new Editor(script, lines, silent);
  if (!separate) editor.run(out);
  else while (!editor.quit && lines.nextFile()) edit(editor, lines, inPlace);
  for (let index = 0; index < script.outputs.length; index++) script.outputs[index].output.flush();
  exit(editor.status != 0 ? <u32>editor.status : status);
}

function edit(editor: Editor, lines: Lines, inPlace: bool): void {
  if (!inPlace) return editor.run(out);
  const fresh = new Buffer();
  fresh.append(lines.name);
  fresh.appendText(SUFFIX);
  const path = fresh.toBytes();
  const fd = openToWrite(path);
  if (fd < 0) return complainDoing("cannot write", path, -fd);
  const output = new Output(fd);
  editor.run(output);
  output.flush();
  close(fd);
  const errno = rename(path, lines.name);
  if (errno != 0) complainDoing("cannot replace", lines.name, errno);
}

function readScript(text: Buffer, path: Bytes): void {
  const fd = openToRead(path);
  if (fd < 0) {
    complainErrno(path, -fd);
    exit(1);
  }
  const input = new Input(fd);
  input.rest();
  if (input.errno != 0) {
    complainErrno(path, input.errno);
    exit(1);
  }
  const ends = input.length > 0 && load<u8>(input.line + input.length - 1) == LINE_FEED;
  text.appendRange(input.line, input.length - <i32>ends);
  close(fd);
}
