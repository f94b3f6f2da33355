/** The terminal: how it treats bytes, who is in the foreground, how large it is. */
import { TerminalDescriptor } from "../wasi-p1/descriptor.ts";
import { Errno } from "../wasi-p1/errno.ts";
import type { WasiState } from "../wasi-p1/state.ts";
import { STRUCTS } from "./calls-table.ts";
import type { PosixFamily } from "./posix.ts";
import type { PosixProcess } from "./posix-process.ts";
import type { TerminalDevice } from "./terminal/terminal-device.ts";

export function terminalCalls(state: WasiState, posix: PosixProcess): PosixFamily {
  const { memory, fds } = state;
  const { table } = posix;

  /** The terminal behind a descriptor, or the errno. */
  const terminalAt = (fd: number): TerminalDevice | number => {
    const descriptor = fds.get(fd, 0);
    if (descriptor === undefined) return fds.errno;
    return descriptor instanceof TerminalDescriptor ? descriptor.terminal : Errno.notty;
  };
  /** The same, when it is the terminal of the caller's session. */
  const ownTerminalAt = (fd: number): TerminalDevice | number => {
    const terminal = terminalAt(fd);
    return typeof terminal === "number" || terminal === posix.terminal ? terminal : Errno.notty;
  };

  const setAttributes = (fd: number, addr: number): number => {
    const terminal = terminalAt(fd);
    if (typeof terminal === "number") return terminal;
    if (!memory.has(addr, STRUCTS.attributes.size)) return Errno.fault;
    const refused = state.terminalRefusal(terminal, "change", () => setAttributes(fd, addr));
    if (refused !== undefined) return refused;
    const at = addr >>> 0;
    terminal.attributes = { iflag: memory.u32(at), oflag: memory.u32(at + 4), cflag: memory.u32(at + 8), lflag: memory.u32(at + 12) };
    return Errno.success;
  };

  const setForeground = (fd: number, group: number): number => {
    const terminal = ownTerminalAt(fd);
    if (typeof terminal === "number") return terminal;
    if (![...table.group(group)].some(({ session }) => session === posix.session)) return Errno.perm;
    const refused = state.terminalRefusal(terminal, "change", () => setForeground(fd, group));
    if (refused !== undefined) return refused;
    terminal.foreground = group;
    return Errno.success;
  };

  return {
    tcgetattr: (fd: number, out: number) => {
      const terminal = terminalAt(fd);
      if (typeof terminal === "number") return terminal;
      if (!memory.has(out, STRUCTS.attributes.size)) return Errno.fault;
      const { iflag, oflag, cflag, lflag } = terminal.attributes;
      [iflag, oflag, cflag, lflag].forEach((flags, index) => memory.setU32((out >>> 0) + index * 4, flags));
      return Errno.success;
    },
    tcsetattr: setAttributes,
    tcgetpgrp: (fd: number, out: number) => {
      const terminal = ownTerminalAt(fd);
      if (typeof terminal === "number") return terminal;
      if (!memory.has(out, 4)) return Errno.fault;
      memory.setU32(out, terminal.foreground);
      return Errno.success;
    },
    tcsetpgrp: setForeground,
    winsize: (fd: number, rowsOut: number, columnsOut: number) => {
      const terminal = terminalAt(fd);
      if (typeof terminal === "number") return terminal;
      if (!memory.has(rowsOut, 4) || !memory.has(columnsOut, 4)) return Errno.fault;
      memory.setU32(rowsOut, terminal.size.rows);
      memory.setU32(columnsOut, terminal.size.columns);
      return Errno.success;
    },
  };
}
