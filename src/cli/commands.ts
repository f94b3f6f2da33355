/** The commands, by name; each is loaded when it is called. */

export interface Command {
  readonly name: string;
  readonly synopsis: string;
  readonly help: string;
  /** Answers the exit status. @throws UsageError, CliError */
  readonly run: (words: readonly string[]) => Promise<number>;
}

export const COMMANDS: readonly Command[] = [
  {
    name: "run", synopsis: "run [OPTIONS] PROGRAM [ARGUMENTS…]", help: "run a WebAssembly program with what it is granted",
    run: async (words) => (await import("./run.ts")).run(words),
  },
  {
    name: "sh", synopsis: "sh [OPTIONS] [-c LINE | SCRIPT] [ARGUMENTS…]", help: "run a shell with its tools in a system of its own",
    run: async (words) => (await import("./shell.ts")).shell("isola sh", words),
  },
  {
    name: "--manifest", synopsis: "--manifest [OPTIONS] FILE [ARGUMENTS…]", help: "boot the system of services that a manifest states",
    run: async (words) => (await import("./boot.ts")).bootManifest(words),
  },
  {
    name: "--check", synopsis: "--check FILE [--svg OUT]", help: "explain who can reach what in it",
    run: async (words) => (await import("./check.ts")).check(words),
  },
  {
    name: "ps", synopsis: "ps [--json]", help: "list the processes of running systems",
    run: async (words) => (await import("./ps.ts")).ps(words),
  },
  {
    name: "top", synopsis: "top [-b] [-n N] [-d SECONDS]", help: "show them live, the busiest first",
    run: async (words) => (await import("./top.ts")).top(words),
  },
  {
    name: "kill", synopsis: "kill [OPTIONS] [HOST:]ID…", help: "end a process of a running system",
    run: async (words) => (await import("./kill.ts")).kill(words),
  },
  {
    name: "install", synopsis: "install [--store DIR] DIR|FILE.tgz|npm:NAME[@VERSION]…", help: "install the programs of a package",
    run: async (words) => (await import("./install.ts")).install(words),
  },
  {
    name: "uninstall", synopsis: "uninstall [--store DIR] NAME[@VERSION]…", help: "take an installed package out",
    run: async (words) => (await import("./install.ts")).uninstall(words),
  },
  {
    name: "volume", synopsis: "volume ACTION …", help: "make, check and copy volumes: file systems in one file",
    run: async (words) => (await import("./volume.ts")).volumeCommand(words),
  },
  {
    name: "inspect", synopsis: "inspect [--json] FILE", help: "show what a module is made of",
    run: async (words) => (await import("./inspect.ts")).inspect(words),
  },
  {
    name: "validate", synopsis: "validate FILE…", help: "say whether modules are valid, and if not, why and where",
    run: async (words) => (await import("./validate.ts")).validate(words),
  },
  {
    name: "wast", synopsis: "wast [OPTIONS] FILE…", help: "run scripts of the WebAssembly test suite",
    run: async (words) => (await import("./wast.ts")).wast(words),
  },
];
