/**
 * Isola for Node.js: the public API, with this process as its host.
 *
 *     import { boot, memory } from "isola";
 *     await using os = await boot();
 *     const program = await os.spawn(await os.compile(bytes), { args: ["--help"] });
 *     console.log(await program.stdout.text(), await program.exited);
 */
import { NodeHartHost, NodeMachine, builtInTools, folderOf, hostDirectory, hostDirectoryAt, manifestFiles, metricsText, readManifestFile, serveControl } from "#machine/node";
import type { HostFileSystem, MetricsText, NodeMachineOptions } from "#machine/node";
import { anything, checkOptions, defined, mustBe, mustBeBoolean, mustBeObject, mustBeString } from "#base";
import type { OptionRules } from "#base";
import { bootOn } from "#os";
import type { LaunchOptions, Manifest, ManifestSource, PortableBootOptions, System } from "#os";

export interface BootOptions extends PortableBootOptions, NodeMachineOptions {
  /** Let `isola ps`, `top` and `kill` of this user see it, over a socket that nobody else can open. Not unless told. */
  readonly control?: boolean;
  /**
   * A manifest, or the file that has it, to launch: see `System.services`. `boot` resolves when its services have begun
   * to start; `os.services.settled()` waits for them.
   */
  readonly manifest?: string | Manifest;
  /** Where the relative paths of a manifest begin: the folder of its file, else the working directory, unless told. */
  readonly folder?: string;
  /** Where what it names comes from; from files unless told, modules in binary or, with names that end with ".wat", as text. */
  readonly source?: ManifestSource;
  /** Of the launch. */
  readonly services?: LaunchOptions;
  /** How many harts run programs, 1 to 48: host threads with a kernel each, of which this thread is the first. Only this one, which then also cannot give a program a hart of its own, unless told. See docs/harts.md. */
  readonly harts?: number;
}

/** What is ours of the options; the rest is the machine's and the system's. */
type OwnOptions = Omit<BootOptions, keyof PortableBootOptions | keyof NodeMachineOptions>;
const OWN_OPTIONS: OptionRules<OwnOptions> = {
  control: mustBeBoolean, manifest: mustBe("the path of a file, or a manifest", (value) => typeof value === "string" || typeof value === "object"), folder: mustBeString,
  source: mustBeObject, services: mustBeObject, harts: anything,
};

/**
 * Boots a system in this Node process. Several can run side by side.
 *
 * Costs one helper thread, which sleeps while no program runs.
 *
 * @throws OptionError when options are not what their types say; ControlFolderError when it is to be seen and the folder of the control sockets cannot be trusted;
 * ManifestError, and what images and folders throw, when there is a manifest that cannot be launched.
 */
export async function boot(options: BootOptions = {}): Promise<System> {
  mustBeObject(options, "");
  const { cacheFolder: _cacheFolder, capacity: _capacity, zeroMs: _zeroMs, control, manifest, folder, source, services, harts, ...portable } = options;
  checkOptions({ control, manifest, folder, source, services, harts }, OWN_OPTIONS);
  const machine = defined(options, ["cacheFolder", "capacity", "zeroMs"]);
  const tools = portable.tools ?? builtInTools();
  const system = await bootOn(new NodeMachine(machine), tools === undefined ? portable : { ...portable, tools }, harts === undefined ? undefined : {
    harts,
    host: new NodeHartHost(new URL(import.meta.url.endsWith(".ts") ? "./node-hart.ts" : "./node-hart.js", import.meta.url), machine),
    reopen: hostDirectoryAt,
  });
  try {
    if (control === true) {
      const server = await serveControl(system);
      system.onClose(() => server.close());
    }
    if (manifest !== undefined) {
      const [document, home] = typeof manifest === "string" ? [readManifestFile(manifest), folderOf(manifest)] as const : [manifest, "."] as const;
      await system.services.launch(document, source ?? withTexts(manifestFiles(folder ?? home)), services);
    }
    return system;
  } catch (error) {
    await system.close();
    throw error;
  }
}

/** The same, with images in the text format, too: names that end with ".wat". What reads them is loaded when there is one. */
function withTexts(files: ManifestSource): ManifestSource {
  return {
    ...files,
    image: async (path) => {
      const image = await files.image(path);
      if (!path.endsWith(".wat")) return image;
      const { textToBinary } = await import("#wast");
      return { ...image, bytes: textToBinary(new TextDecoder().decode(image.bytes)) };
    },
  };
}

/** The figures of a system in the text format of Prometheus. Loads `prom-client` when it is first called. */
export async function metrics(system: System): Promise<MetricsText> {
  return metricsText(await system.snapshot());
}

export interface HostDirOptions {
  /** Reading is always granted; to say so is good style. */
  readonly read?: true;
  /** Whether programs may change anything. Not unless told. */
  readonly write?: boolean;
}

const HOST_DIR_OPTIONS: OptionRules<HostDirOptions> = {
  read: mustBe("true: whoever has a directory can read it", (value) => value === true),
  write: mustBeBoolean,
};

/**
 * A directory of this machine, to give to programs: `fs: { "/src": hostDir("./src") }`. They cannot
 * leave it, be it through "..", absolute paths or links. One can be given to several programs;
 * `close` gives it back, and what programs have open stays usable.
 *
 * @throws FsError `noent`, `notdir`, `acces`, … when `path` is no directory that can be read; OptionError.
 */
export function hostDir(path: string, options: HostDirOptions = {}): HostFileSystem {
  mustBeString(path, "path");
  checkOptions(options, HOST_DIR_OPTIONS);
  return hostDirectory(path, options);
}

export { ControlFolderError, PackageError, PackageStore, SocketError, VolumeError, installPackage, listenTcp, packageStore, volume } from "#machine/node";
export type {
  HostFileSystem, InstallOptions, Installation, InstalledPackage, MetricsText, NodeMachineOptions, PackageErrorCode, TcpListener, VolumeErrorCode, VolumeFileSystem,
  VolumeOptions,
} from "#machine/node";
export * from "#os";
