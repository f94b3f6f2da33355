/**
 * What may stand for one entry of a directory, and what a symbolic link may hold. Every
 * implementation checks with these first, so that all refuse the same names with the same codes.
 */
import { FsError } from "./fs-error.ts";

/** Bytes of one name, as on every common disk format. */
export const NAME_MAX = 255;
/** Bytes of a path or of a link's target. */
export const PATH_MAX = 4096;

/** UTF-8 bytes of a well-formed string. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // Each half of a surrogate pair counts two of the four bytes.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}

/** @throws FsError `inval` for "", ".", "..", "/" or NUL in it; `ilseq` for a lone surrogate; `nametoolong`. */
export function checkName(name: string): void {
  if (name === "" || name === "." || name === ".." || name.includes("/") || name.includes("\0")) throw new FsError("inval", "not a name of an entry");
  if (!name.isWellFormed()) throw new FsError("ilseq", "a name must be Unicode text");
  // No character takes more than three bytes per UTF-16 unit.
  if (name.length * 3 > NAME_MAX && utf8Length(name) > NAME_MAX) throw new FsError("nametoolong");
}

/** @throws FsError `noent` for "", `inval` for a NUL, `ilseq` for a lone surrogate, `nametoolong`. */
export function checkLinkTarget(target: string): void {
  if (target === "") throw new FsError("noent", "a link needs a target");
  if (target.includes("\0")) throw new FsError("inval", "NUL in a link's target");
  if (!target.isWellFormed()) throw new FsError("ilseq", "a link's target must be Unicode text");
  // The host's own limit counts a final NUL.
  if (utf8Length(target) >= PATH_MAX) throw new FsError("nametoolong");
}
