/** Lists what is mounted, or mounts a file system. */
import { bytes } from "../sdk/bytes";
import { allMounts } from "../sdk/mounts";
import { Options } from "../sdk/options";
import { out } from "../sdk/output";
import { mount } from "../sdk/posix";
import { complainDoing, finish } from "../sdk/program";

const USAGE = `usage: mount
       mount -t kind source directory

Lists what is mounted, or mounts a file system of a kind that the session offers.

  -t, --types KIND   the kind
`;

export function _start(): void {
  const options = new Options(USAGE);
  let kind = bytes("");
  while (options.next()) kind = options.value;
  const operands = options.operands();
  if (operands.length == 0 && kind.byteLength == 0) list();
  else if (operands.length != 2 || kind.byteLength == 0) options.misuse("needs a kind, a source and a directory");
  else {
    const source = operands[0];
    const path = operands[1];
    const errno = mount(changetype<usize>(kind), kind.byteLength, changetype<usize>(source), source.byteLength, changetype<usize>(path), path.byteLength);
    if (errno != 0) complainDoing("cannot mount at", path, errno);
  }
  finish();
}

function list(): void {
  const mounts = allMounts();
  for (let index = 0; index < mounts.length; index++) {
    const mounted = mounts[index];
    out.bytes(mounted.source);
    out.text(" on ");
    out.bytes(mounted.path);
    out.text(" type ");
    out.bytes(mounted.kind);
    out.text(" (");
    out.bytes(mounted.options);
    out.text(")\n");
  }
}
