/** How large a package may be. */

/** Bytes of an archive as it comes, and unpacked. */
export const ARCHIVE_MAX = 256 << 20;
export const UNPACKED_MAX = 1 << 30;
export const FILES_MAX = 20_000;
/** Bytes of one program. */
export const PROGRAM_MAX = 256 << 20;
export const PROGRAMS_MAX = 4096;
/** Bytes of a manifest or a licence. */
export const TEXT_MAX = 1 << 20;
