/**
 * The running system: compiles programs, starts them with exactly what they are given, and
 * takes everything down at the end.
 */
import { ISOLA_MODULE, POSIX_MODULE, createAgentos, createIsola, createPosix, createWasiP1 } from "#abi";
import type { PosixProcess, Preopen, WasiP1Options } from "#abi";
import { IsolaError, OptionError, reasonText } from "#base";
import { Namespace } from "#fs";
import type { FileSystem } from "#fs";
import { CHANNEL_BYTES_MAX, CallTracer, GateBinder, HostBinder, LimitError, MEMORY_OBJECT_PAGES_MAX, MESSAGES_MAX, MemoryView, Objects, PAGE_BYTES, processSnapshot, snapshot } from "#kernel";
import type { CapacityError, Charges, Entry, Grant, HostFunction, Job, JobOptions, Kernel, Machine, MemoryObject, Process as KernelProcess, ProcessSnapshot, RightName, SharedAccounts, SpawnRequest, SystemSnapshot } from "#kernel";
import { Engine, Memory, Module, Store } from "#wasm";
import type { CompilePhase, Definition, Instance, InstancePre, StoreLimiter } from "#wasm";
import { CORE_BYTES_DEFAULT, encodeCore } from "./core/core-file.ts";
import { checkChannelLimits, checkCompileOptions, checkJobOptions, checkProgram, checkSessionOptions, checkSpawnOptions } from "./check-options.ts";
import { Process } from "./guest-process.ts";
import { HandleError, HandleGift, HostChannel, HostEvent, HostHandle, HostMemory, giftOf, letGo, newGrant } from "./handles.ts";
import { linkOrder } from "./library-modules.ts";
import { ProgramFinder } from "./posix/program-finder.ts";
import { Session } from "./posix/session.ts";
import type { SessionHost, SessionMember, SessionOptions } from "./posix/session.ts";
import { sessionLimits } from "./posix/session-limits.ts";
import { DEFAULT_OUTPUT, processLimits } from "./limits.ts";
import { ProcessLinks, memoryOf } from "./process-links.ts";
import { HartError } from "./harts/hart-error.ts";
import { Harts } from "./harts/harts.ts";
import type { ProgramParts } from "./harts/messages.ts";
import type { Reopen } from "./harts/spawn-serve.ts";
import { ThreadGroup } from "./harts/thread-ask.ts";
import { Program } from "./program.ts";
import type { Bindings } from "./program.ts";
import { ProgramError } from "./program-error.ts";
import { QuantityError, parseBytes } from "./quantity.ts";
import type { Bytes } from "./quantity.ts";
import { Services } from "./service/services.ts";
import { findSharedMemories, sharedMemoryImports } from "./shared-memory.ts";
import type { SpawnOptions } from "./spawn-options.ts";
import { StandardStreams } from "./standard-streams.ts";
import type { GivenStreams } from "./standard-streams.ts";
import { UserSpace } from "./user-space/user-space.ts";
import type { OpenTerminal, ShellOptions, ShellResult, TerminalOptions, UserSpaceOptions } from "./user-space/user-space.ts";
import { WasiThreads, createThreadMemory, threadEntry, threadSpawnType, withRefusals } from "./wasi-threads.ts";
import type { ThreadMemory } from "./wasi-threads.ts";

export interface CompileOptions {
  /** For reports and as the program's own name; the module's own name unless told. */
  readonly name?: string;
  /** Count instructions, so that the program can be started with a fuel limit. Costs speed. */
  readonly fuel?: boolean;
  /**
   * "error": a program that imports what is not on offer cannot be started. "trap": it can, and ends
   * with a trap when it calls such a function. "error" unless told.
   */
  readonly unknownImports?: "error" | "trap";
  readonly onProgress?: (phase: CompilePhase) => void;
  /** Rejects with the signal's reason when it is aborted. What was begun goes on in turns, for whoever compiles the same bytes again. */
  readonly signal?: AbortSignal;
}

/** What a system is made with, besides what its kernel is. */
export interface SystemOptions {
  /** Opens the tools that a user space has in /bin. */
  readonly tools?: () => FileSystem;
  /** Of the user space in which `shell` and `terminal` work. */
  readonly userSpace?: UserSpaceOptions;
}

type LinkOrder = ReturnType<typeof linkOrder>;
const NO_MODULES: LinkOrder = [];
const NO_IMPORTS = {};
const NO_STREAMS: SpawnOptions = { stdin: "null", stdout: "null", stderr: "null" };
const NO_OPTIONS: SpawnOptions = {};
/** Of a process of a session: programs choose what they call each other. */
const NAME_LENGTH = 255;

/** What a string of a guest costs the host besides its text: each is kept as bytes of its own, too. */
const STRING_BYTES = 512;

/** What the host holds of the arguments and variables of a process, about. */
function startBytes({ argv, env }: SessionMember): number {
  const strings = argv.reduce((sum, arg) => sum + arg.length, 0) + env.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return strings * 4 + (argv.length + env.length) * STRING_BYTES;
}

/** What a process of a session is started with, and what it is there. */
type Started = Pick<SessionMember, "argv" | "env" | "descriptors"> & { readonly posix: PosixProcess };

const NO_MEMORIES: readonly MemoryObject[] = [];
/**
 * Memories of one process. A host process can hold some 16,000, however small, and no program has use
 * for so many that others have none.
 */
const MEMORIES_MAX = 128;
/** What one table element costs the host, about. */
const TABLE_ELEMENT_BYTES = 16;
/** Elements of all tables of one process. Growing one takes the host time by element, in which nothing else runs. */
const TABLE_ELEMENTS_MAX = 10_000_000;

export class System implements AsyncDisposable {
  readonly machine: Machine;
  /** What a manifest declared; nothing until one is launched. */
  readonly services: Services;
  readonly #kernel: Kernel;
  readonly #binder: HostBinder;
  readonly #gates: GateBinder;
  readonly #objects: Objects;
  readonly #engines = new Map<boolean, Engine>();
  readonly #streams: StandardStreams;
  readonly #closers: (() => void)[] = [];
  readonly #programs: ProgramFinder;
  /** Set by whoever starts harts; without it this one is alone. */
  harts: Harts | undefined = undefined;

  /** The tools that the host came with, for user spaces. */
  readonly tools: (() => FileSystem) | undefined;
  readonly #userSpaceOptions: UserSpaceOptions;
  #userSpace: UserSpace | undefined = undefined;

  /** Only `boot` makes systems. */
  constructor(kernel: Kernel, options: SystemOptions = {}) {
    this.tools = options.tools;
    this.#userSpaceOptions = options.userSpace ?? {};
    this.#kernel = kernel;
    this.machine = kernel.machine;
    this.#binder = new HostBinder(kernel);
    this.#gates = new GateBinder(kernel);
    this.#objects = new Objects(kernel);
    this.services = new Services(this);
    this.#streams = new StandardStreams(kernel.machine.stdio);
    this.#objects.spawner = (request) => this.#spawnFor(request);
    this.#programs = new ProgramFinder((bytes, name) => this.compile(bytes, { name }), () => this.machine.realtimeNs(), ({ module: { timings } }) => timings.decode + timings.validate + timings.translate);
  }

  /** Makes this the system of one hart among others. For `boot`. */
  join({ accounts, face, reopen }: { readonly accounts: SharedAccounts; readonly face: WebAssembly.Memory; readonly reopen: Reopen | undefined }): Harts {
    return (this.harts = new Harts({ system: this, kernel: this.#kernel, objects: this.#objects, accounts, face: new Int32Array(face.buffer), reopen }));
  }

  /** The root of all accounts. */
  get root(): Job {
    return this.#kernel.root;
  }

  /** Programs of this hart that have not ended, in the order of their start. */
  processes(): KernelProcess[] {
    return [...this.#kernel.processes];
  }

  /** The system at this moment as plain data: jobs, processes, threads, what they use and wait for, on all harts. */
  async snapshot(): Promise<SystemSnapshot> {
    return this.harts === undefined ? this.snapshotHere() : this.harts.snapshot();
  }
  /** The same of this hart alone. */
  snapshotHere(): SystemSnapshot {
    return snapshot(this.#kernel);
  }

  /** One program of this hart at this moment; undefined when there is none with this number. */
  snapshotOf(id: number): ProcessSnapshot | undefined {
    const process = this.#kernel.find(id);
    return process === undefined ? undefined : processSnapshot(process);
  }

  /** Ends the program with this number, whatever it does and on whichever hart; false when there is none. `message` says why, in its end. */
  async kill(id: number, message: string): Promise<boolean> {
    return this.killHere(id, message) || (await this.harts?.kill(id, message)) === true;
  }
  /** The same on this hart alone. */
  killHere(id: number, message: string): boolean {
    const process = this.#kernel.find(id);
    process?.kill({ cause: "request", message });
    return process !== undefined;
  }

  /** Tells the host of a mistake in our own code (`onBug`). For the system itself. */
  reportBug(error: unknown): void {
    this.#kernel.reportBug(error);
  }

  /** Runs `task` when the system is closed, after its last program has gone. */
  onClose(task: () => void): void {
    this.#closers.push(task);
  }

  /** A group of programs under common limits. `parent` is the root unless told. @throws OptionError */
  createJob(options: JobOptions, parent: Job = this.root): Job {
    checkJobOptions(options, parent);
    this.#checkOwn(parent, "parent");
    return this.#kernel.createJob(parent, options);
  }

  /** @throws OptionError for a job of another system, whose accounts and turns are not ours. */
  #checkOwn(job: Job, option: string): void {
    let top = job;
    while (top.parent !== undefined) top = top.parent;
    if (top !== this.root) throw new OptionError(option, "is a job of another system");
  }

  /** A handle on a job, for programs that are to make jobs in it, watch or kill it. @throws HandleError os/handle-rights */
  jobHandle(job: Job, rights?: readonly RightName[]): HandleGift {
    return giftOf(this.#objects.job(job), rights);
  }

  /**
   * A channel that holds so many messages and bytes in each direction, 16 and 64 KiB unless told. The host has both
   * ends; `give` of an end moves it into a program. It is paid by `charges`, the root job unless told.
   *
   * @throws HandleError os/object-limit when an account refuses; OptionError, QuantityError.
   */
  channel(limits: { readonly messages?: number; readonly bytes?: Bytes; readonly charges?: Charges } = {}): readonly [HostChannel, HostChannel] {
    checkChannelLimits(limits);
    const messages = inRange(limits.messages ?? 16, 1, MESSAGES_MAX, "number of messages");
    const bytes = inRange(parseBytes(limits.bytes ?? 65_536), 0, CHANNEL_BYTES_MAX, "number of bytes in a channel");
    const [a, b] = this.#made(this.#objects.channel({ messages, bytes }, limits.charges ?? this.#objects.hostCharges));
    return [new HostChannel(newGrant(a), this.#objects), new HostChannel(newGrant(b), this.#objects)];
  }

  /** An event, not signalled. @throws HandleError os/object-limit */
  event(): HostEvent {
    return new HostEvent(newGrant(this.#made(this.#objects.event(this.#objects.hostCharges))), this.#objects);
  }

  /** A memory object of so many bytes, rounded up to pages of 64 KiB. @throws HandleError os/object-limit; CapacityError; QuantityError */
  memoryObject(size: Bytes): HostMemory {
    const pages = inRange(Math.ceil(parseBytes(size) / PAGE_BYTES), 1, MEMORY_OBJECT_PAGES_MAX, "number of pages of a memory object");
    return new HostMemory(newGrant(this.#made(this.#objects.memory(pages, this.#objects.hostCharges))), this.#objects);
  }

  /** A program that holders of the handle can start. @throws HandleError os/object-limit */
  image(program: Program): HostHandle {
    return new HostHandle(newGrant(this.#made(this.#objects.image(program, this.#objects.hostCharges))), this.#objects);
  }

  /**
   * A session: programs that are started by name, start each other, and are connected by pipes, signals
   * and a terminal. It ends with `close`.
   *
   * @throws FsError when its file systems cannot be joined or opened; OptionError, QuantityError.
   */
  async createSession(options: SessionOptions): Promise<Session> {
    checkSessionOptions(options);
    if (options.job !== undefined) this.#checkOwn(options.job, "job");
    const job = this.createJob({ name: options.name ?? "session", limits: sessionLimits(options.limits ?? {}) }, options.job);
    const host: SessionHost = {
      programs: this.#programs,
      start: (program, member) => this.#startMember(program, member),
      openInput: (mode) => this.#streams.input(mode),
      openOutput: (mode, name) => this.#streams.output(mode, name),
    };
    return Session.create(host, job, options);
  }

  /** The user space of `shell` and `terminal`: made when it is first used, with the options given at boot. @throws UserSpaceError; FsError when its mounts make no tree */
  get userSpace(): UserSpace {
    return (this.#userSpace ??= new UserSpace(this, this.#userSpaceOptions));
  }
  /** Runs one line, or a script, of the shell to its end, in `userSpace`. */
  shell(line: string, options?: ShellOptions): Promise<ShellResult> {
    return this.userSpace.shell(line, options);
  }
  /** Opens a terminal with a shell, or another program, in `userSpace`. */
  terminal(options?: TerminalOptions): Promise<OpenTerminal> {
    return this.userSpace.terminal(options);
  }

  /** Starts a program of a session. @throws as `spawn` */
  async #startMember(program: Program, member: SessionMember): Promise<KernelProcess> {
    const { module } = program;
    let process: KernelProcess | undefined = undefined;
    let posix: PosixProcess | undefined = undefined;
    try {
      if (program.sharedMemories.length === 0 && program.threadMemory === undefined) void program.pre; // its errors come first
      const memories = module.layout.ownMemories.length;
      if (memories > MEMORIES_MAX) throw new ProgramError("os/memories", `${program.name} has ${memories} memories; a process can have ${MEMORIES_MAX}`);
      await this.#kernel.mappings.makeRoom(memories);
      const startedAt = this.machine.now();
      process = this.#kernel.createProcess(member.job, { name: (member.argv[0] ?? program.name).slice(0, NAME_LENGTH), limits: processLimits(member.limits ?? {}, undefined) });
      process.account.chargeOrThrow("memory", startBytes(member));
      posix = member.enter(process);
      this.#start(process, program, member.trace === undefined ? NO_OPTIONS : { trace: member.trace }, member.preopens, NO_MODULES, { ...member, posix });
      member.payer?.spent(this.machine.now() - startedAt);
      return process;
    } catch (error) {
      for (const { directory } of member.preopens) directory.close();
      if (posix !== undefined) member.discard(posix);
      process?.kill({ cause: "request", message: "it could not be started" });
      throw error;
    }
  }

  /** Starts a program for a program. */
  async #spawnFor({ image, job, args, handles, parent }: SpawnRequest): Promise<Grant> {
    const startedAt = this.machine.now();
    const gifts = Object.fromEntries(Object.entries(handles).map(([name, grant]) => [name, new HandleGift(grant)]));
    const process = await this.spawn(image.payload as Program, { job, args, handles: gifts, stdout: "null", stderr: "null" });
    const now = this.machine.now();
    parent.chargeCpu(now - startedAt, now);
    return process.handle().take();
  }

  #made<T>(object: T | undefined): T {
    if (object === undefined) throw new HandleError("os/object-limit", "an account refuses one more object");
    return object;
  }

  /**
   * Makes a program of the bytes of a WebAssembly module. They may be reused once the promise has settled.
   *
   * Large ones are compiled in turns of a few milliseconds, between which programs and the host run.
   *
   * @throws DecodeError when the bytes are malformed, ValidateError when they are invalid; OptionError; the reason of `signal`.
   */
  async compile(source: Uint8Array | ArrayBuffer, options: CompileOptions = {}): Promise<Program> {
    const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source;
    if (!(bytes instanceof Uint8Array)) throw new TypeError("the bytes of a module must be a Uint8Array or an ArrayBuffer");
    checkCompileOptions(options);
    options.signal?.throwIfAborted();
    const compiling = Module.compile(this.#engine(options.fuel ?? false), bytes, {
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    });
    const module = await (options.signal === undefined ? compiling : unlessAborted(compiling, options.signal));
    return new Program(module, options.unknownImports ?? "error", sharedMemoryImports(module, bytes));
  }

  /** What another hart needs to have a program without compiling it. For the system itself. */
  partsOf(program: Program): ProgramParts {
    const { module, sharedMemories, unknownImports } = program;
    return { module: module.parts, fuel: module.engine.translate.fuel, unknownImports, sharedMemories };
  }
  programFrom(parts: ProgramParts): Program {
    return new Program(Module.received(this.#engine(parts.fuel), parts.module), parts.unknownImports, parts.sharedMemories);
  }

  /**
   * Starts a program. It runs beside everything else; nothing waits for it.
   *
   * @throws UnknownImportError, ImportKindError, ImportTypeError when its imports are not what is on offer.
   * @throws LimitError, CapacityError when its job, its own limits or the host cannot hold it.
   * @throws InterfaceError when an interface is of another system; LibraryError when its modules cannot be linked.
   * @throws ProgramError, OptionError, QuantityError, WasiOptionsError when it or the options make no sense.
   * @throws SharedMemoryError, HandleError, StartupHandlesError when its handles are not what it needs or may hold.
   *
   * Handles are spent, whether it succeeds or not. A program whose job is killed meanwhile ends at once, killed.
   */
  async spawn(program: Program, options: SpawnOptions = {}): Promise<Process> {
    try {
      checkProgram(program);
      checkSpawnOptions(options);
      if (options.job !== undefined) this.#checkOwn(options.job, "job");
      if (this.harts !== undefined) return await this.harts.spawn(program, options);
      const { hart = 0, isolated } = options;
      if (hart !== 0 || isolated !== undefined) throw new HartError("os/hart-none", "the system was booted without harts, so this thread is the only one");
      return await this.spawnHere(program, options);
    } finally {
      // As they were given: what is no gift has been refused.
      for (const gift of Object.values((options as SpawnOptions | null)?.handles ?? {})) if (gift instanceof HandleGift) gift.discard();
    }
  }

  /** As `spawn` on this hart, with options that are checked; `given` are streams that come from another. For the system itself. */
  async spawnHere(program: Program, options: SpawnOptions, given?: GivenStreams): Promise<Process> {
    const buffered = [options.stdout, options.stderr].some((mode) => mode === undefined || mode === "buffer");
    const limits = processLimits(options.limits ?? {}, buffered ? DEFAULT_OUTPUT : undefined);
    const { module } = program;
    const order = options.modules === undefined ? NO_MODULES : linkOrder(options.modules);
    if (program.sharedMemories.length === 0 && program.threadMemory === undefined && order.length === 0) void (options.imports === undefined ? program : program.linkTo(options.imports)).pre; // its errors come first
    if (limits.fuel !== undefined && !module.engine.translate.fuel) throw new ProgramError("os/no-fuel", "a fuel limit needs a program that was compiled with fuel: true");
    const memories = order.reduce((sum, [, library]) => sum + library.module.layout.ownMemories.length, module.layout.ownMemories.length);
    if (memories > MEMORIES_MAX) throw new ProgramError("os/memories", `${program.name} has ${memories} memories; a process can have ${MEMORIES_MAX}`);
    const preopens = await openPreopens(options.fs ?? {});
    let process: KernelProcess | undefined = undefined;
    try {
      await this.#kernel.mappings.makeRoom(memories);
      process = this.#kernel.createProcess(options.job ?? this.root, {
        name: options.name ?? program.name,
        limits,
        ...(options.history === undefined ? {} : { history: options.history }),
        ...(options.weight === undefined ? {} : { weight: options.weight }),
      });
      return this.#start(process, program, options, preopens, order, undefined, given);
    } catch (error) {
      for (const { directory } of preopens) directory.close();
      process?.kill({ cause: "request", message: "it could not be started" });
      throw error;
    }
  }

  /** Kills everything, on all harts, and stops the system. */
  async close(): Promise<void> {
    await this.services.close();
    await this.harts?.close();
    await this.#kernel.shutdown();
    for (const close of this.#closers.splice(0)) close();
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #start(process: KernelProcess, program: Program, options: SpawnOptions, preopens: readonly Preopen[], order: LinkOrder, member?: Started, given?: GivenStreams): Process {
    const account = process.account;
    const { stdin, stdout, stderr } = given ?? this.#standardStreams(process, member === undefined ? options : NO_STREAMS);
    if (options.trace !== undefined) process.tracer = new CallTracer(this.#kernel, process, options.trace);
    if (process.dying) {
      // Its job was killed.
      for (const { directory } of preopens) directory.close();
      for (const socket of options.sockets ?? []) socket.close();
      return new Process(process, { stdin: stdin.stream, stdout: stdout.stream, stderr: stderr.stream }, this.#objects);
    }
    const wasi = createWasiP1(process, {
      args: member?.argv ?? [process.name, ...(options.args ?? [])],
      env: member?.env ?? Object.entries(options.env ?? {}),
      preopens,
      stdin: stdin.source,
      stdout: stdout.sink,
      stderr: stderr.sink,
      terminals: { stdin: stdin.terminal, stdout: stdout.terminal, stderr: stderr.terminal },
      clocks: options.clocks ?? true,
      entropy: options.entropy ?? true,
      sockets: options.sockets ?? [],
      ...(member === undefined ? {} : { descriptors: member.descriptors, posix: member.posix }),
    } satisfies WasiP1Options);
    const posix = createPosix(wasi.state);
    const agentos = createAgentos(wasi.state);
    const shared = program.sharedMemories.length === 0 ? NO_MEMORIES : this.#shareMemories(process, program, options);
    const isola = program.usesIsola || options.handles !== undefined ? createIsola(process, this.#objects, {
      handles: takeAll(options.handles ?? {}),
      clocks: options.clocks ?? true,
    }) : undefined;
    const threads = program.usesThreads ? new WasiThreads() : undefined;
    const links = new ProcessLinks({
      hosts: this.#binder,
      gates: this.#gates,
      process,
      find: ({ module, name, type }) => (module === ISOLA_MODULE ? isola!.find(name) : module === POSIX_MODULE ? posix.find(name) : wasi.find(module, name, type) ?? agentos.find(module, name, type) ?? threads?.spawn)!, // `Program` found its rows in the same tables
    }, options.imports ?? NO_IMPORTS);
    const linked = options.imports === undefined ? undefined : program.linkTo(options.imports);
    const bindings = links.bindings(program, linked);
    const store = new Store<Bindings>(program.module.engine, {
      data: bindings,
      safepoints: this.#kernel.hooks,
      limiter: this.#limiterOf(process, account),
      ...(process.limits.fuel === undefined ? {} : { fuel: process.limits.fuel }),
    });
    process.store = store;
    const core = options.core ?? false;
    if (core !== false) {
      const maxBytes = core === true ? CORE_BYTES_DEFAULT : parseBytes(core.maxBytes);
      process.core = (fault) => encodeCore(store, fault, maxBytes);
    }
    const libraries = order.map(([name, library]) => {
      const view = new MemoryView();
      const made = this.#instantiate(process, library.preAsLibrary(links.forLibrary(library, view)), store);
      links.addLibrary(name, library, made, view);
      return made;
    });
    const { threadMemory } = program;
    const ownMemory = threadMemory === undefined || links.fromLibrary(threadMemory.module, threadMemory.name) !== undefined ? undefined : this.#threadMemory(process, program, threadMemory, store);
    const resolve = (module: string, name: string): Definition | undefined =>
      links.fromLibrary(module, name) ?? linked?.definition(module, name) ?? (ownMemory !== undefined && module === threadMemory?.module && name === threadMemory.name ? ownMemory : undefined);
    const pre = linked !== undefined && shared.length === 0 && order.length === 0 && ownMemory === undefined ? linked.pre
      : program.preFor(store, shared, linked === undefined && order.length === 0 && ownMemory === undefined ? undefined : resolve);
    const instance = this.#instantiate(process, pre, store);
    const group = threads === undefined || ownMemory === undefined || linked !== undefined || order.length > 0 || shared.length > 0 || process.limits.fuel !== undefined ? undefined : this.#threadGroup(process, program, bindings, ownMemory.raw);
    threads?.attach({ process, store, pre, instantiate: (again) => this.#instantiate(process, again, store), elsewhere: group && ((arg, late) => group.start(arg, late)) }, instance);
    const memory = memoryOf(instance);
    if (memory !== undefined) {
      wasi.attach(memory);
      isola?.attach(memory);
    }
    links.attach(memory);
    if (member !== undefined) member.posix.handler = signalHandlerOf(instance);
    const entries = [...libraries.flatMap((library) => entriesOf(library, false)), ...entriesOf(instance, options.service !== true)];
    process.stays = options.service ?? false;
    if (entries.length > 0) {
      const main = process.startThread(entries);
      if (options.service !== true) threads?.watch(main);
    }

    const { signal } = options;
    if (signal !== undefined) {
      const abort = (): void => process.kill({ cause: "request", message: `aborted: ${reasonText(signal.reason)}` });
      if (signal.aborted) abort();
      else {
        signal.addEventListener("abort", abort, { once: true });
        process.onReap(() => signal.removeEventListener("abort", abort));
      }
    }
    return new Process(process, { stdin: stdin.stream, stdout: stdout.stream, stderr: stderr.stream }, this.#objects, { process, instance, gates: this.#gates });
  }

  /** Lets threads of a process run on other harts; undefined when there are none. Its modules must have nothing but the program's own imports. */
  #threadGroup(process: KernelProcess, program: Program, bindings: Bindings, memory: WebAssembly.Memory): ThreadGroup | undefined {
    const { harts } = this;
    if (harts === undefined) return undefined;
    return new ThreadGroup({ kernel: this.#kernel, binder: this.#binder, jobs: harts.jobs, process, program, bindings, memory, place: () => harts.placeThread() });
  }

  /** Starts a thread of a process of another hart, as its own process here. For the system itself. @throws as `spawn` */
  startThreadHere(process: KernelProcess, program: Program, memory: WebAssembly.Memory, functions: readonly HostFunction[], tid: number, arg: number): void {
    const { account } = process;
    const { threadMemory, module } = program;
    const bindings = this.#binder.bind(process, functions).map(({ call }, index) => {
      const { module: from, name } = program.needs[index]!; // a function for each
      return threadSpawnType(from, name) === undefined ? call : withRefusals(call as WebAssembly.ExportValue) as unknown as Bindings[number];
    });
    const store = new Store<Bindings>(module.engine, {
      data: bindings,
      safepoints: this.#kernel.hooks,
      limiter: this.#limiterOf(process, account),
    });
    process.store = store;
    const type = module.imports.find(({ module: from, name }) => from === threadMemory?.module && name === threadMemory.name)?.type;
    if (type?.kind !== "memory") throw new ProgramError("os/no-start", `${program.name} has no threads`);
    const shared = new Memory(store, memory, type);
    const pre = program.preFor(store, NO_MEMORIES, (from, name) => (from === threadMemory?.module && name === threadMemory.name ? shared : undefined));
    const instance = this.#instantiate(process, pre, store);
    process.startThread([threadEntry(instance, new WebAssembly.Global({ value: "i32", mutable: true }, tid), arg)]);
  }

  #limiterOf(process: KernelProcess, account: KernelProcess["account"]): StoreLimiter {
    let tableRoom = TABLE_ELEMENTS_MAX;
    return {
      memoryGrowing: (current, desired) => account.charge("memory", desired - current) === undefined,
      gcAllocating: (bytes) => this.#kernel.gcHeap.ask(process, bytes),
      tableGrowing: (current, desired) => {
        const more = desired - current;
        if (more > tableRoom || account.charge("memory", more * TABLE_ELEMENT_BYTES) !== undefined) return false;
        tableRoom -= more;
        return true;
      },
    };
  }

  #standardStreams(process: KernelProcess, options: SpawnOptions): GivenStreams {
    const atEnd: (() => void)[] = [];
    const stdin = this.#streams.input(options.stdin ?? "null", atEnd);
    const stdout = this.#streams.output(options.stdout ?? "buffer", "stdout", atEnd);
    const stderr = this.#streams.output(options.stderr ?? "buffer", "stderr", atEnd);
    for (const task of atEnd) process.onReap(task);
    return { stdin, stdout, stderr };
  }

  /** Finds the memory objects that it imports, and keeps them for as long as it lives. */
  #shareMemories(process: KernelProcess, program: Program, options: SpawnOptions): readonly MemoryObject[] {
    const shared = findSharedMemories(program.name, program.sharedMemories, options.handles ?? {});
    for (const object of shared) {
      object.retain();
      process.onReap(() => object.release());
    }
    return shared;
  }

  /** The shared memory that a program with threads imports, counted. */
  #threadMemory(process: KernelProcess, program: Program, wanted: ThreadMemory, store: Store<Bindings>): Memory {
    const { mappings } = this.#kernel;
    mappings.chargeMemory();
    try {
      const memory = createThreadMemory(program.module, wanted, store);
      mappings.watch(memory.raw);
      return memory;
    } catch (error) {
      mappings.refundMemory();
      throw memoryRefusal(error, process, mappings) ?? error;
    }
  }

  /** Counts the memories that the instance will have, and makes it. No code of the guest runs. */
  #instantiate(process: KernelProcess, pre: InstancePre, store: Store<Bindings>): Instance {
    const { mappings } = this.#kernel;
    const owned = pre.module.layout.ownMemories;
    let charged = 0;
    try {
      for (; charged < owned.length; charged++) mappings.chargeMemory();
      const instance = pre.create(store);
      for (const { index } of owned) {
        mappings.watch(instance.hidden.memory(index)!.raw);
        charged--;
      }
      return instance;
    } catch (error) {
      for (; charged > 0; charged--) mappings.refundMemory();
      throw memoryRefusal(error, process, mappings) ?? error;
    }
  }

  #engine(fuel: boolean): Engine {
    let engine = this.#engines.get(fuel);
    if (engine === undefined) {
      const { machine } = this;
      engine = new Engine({
        translate: { safepoints: true, limits: true, fuel },
        sha256: (bytes) => machine.sha256(bytes),
        now: () => machine.now(),
        turn: () => new Promise((resolve) => machine.afterTurn(resolve)),
        ...(machine.cache === undefined ? {} : { cache: machine.cache }),
      });
      this.#engines.set(fuel, engine);
    }
    return engine;
  }
}

/** `promise`, or a rejection with the reason of `signal`, whichever comes first. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort!: () => void;
  const aborted = new Promise<never>((_, reject) => (abort = () => reject(signal.reason as Error)));
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** What the handler of signals is called: by ours, and by the C library of agentOS's packages. */
const SIGNAL_HANDLERS = ["__isola_signal", "__wasi_signal_trampoline"];

/** The program's handler of signals, if it has one. */
function signalHandlerOf(instance: Instance): ((signal: number) => void) | undefined {
  const handler = SIGNAL_HANDLERS.map((name) => instance.func(name)).find((func) => func !== undefined);
  const type = handler?.type;
  if (handler === undefined || type?.params.length !== 1 || type.params[0] !== "i32" || type.results.length > 0) return undefined;
  return handler.raw as unknown as (signal: number) => void;
}

/** A memory or table that was refused at the start, told as what it is: a limit of the process, of a job above it, or of the host. */
function memoryRefusal(error: unknown, process: KernelProcess, mappings: Kernel["mappings"]): LimitError | CapacityError | ProgramError | undefined {
  if (!(error instanceof IsolaError) || error.code !== "store/limit") return undefined;
  const { requested, limit } = error as IsolaError & { requested: number; limit: string };
  const bytes = limit === "memory size" ? requested : limit === "table size" ? requested * TABLE_ELEMENT_BYTES : undefined;
  const refused = bytes === undefined || !Number.isFinite(bytes) ? undefined : process.account.charge("memory", bytes);
  if (refused !== undefined) return new LimitError(refused, "memory", bytes!);
  if (limit === "table size") {
    return new ProgramError("os/tables", `the tables of ${process.name} have more elements than a process can: ${TABLE_ELEMENTS_MAX} in all`);
  }
  return limit === "memory size" && error.cause instanceof RangeError ? mappings.hostRefusal(error.cause) : undefined;
}

/** What starts a program: the start function of the module, `_initialize`, `_start`, as far as they are there. */
function entriesOf(instance: Instance, required: boolean): Entry[] {
  const start = instance.start();
  const main = instance.func("_start");
  const initialize = instance.func("_initialize");
  const entries: Entry[] = [];
  if (start !== undefined) entries.push(start.raw as unknown as Entry);
  for (const [name, func] of [["_initialize", main === undefined ? initialize : undefined], ["_start", main]] as const) {
    if (func === undefined) continue;
    const type = func.type;
    if (type === undefined || type.params.length > 0 || type.results.length > 0) {
      throw new ProgramError("os/start-type", `"${name}" of ${instance.module.name} must have neither parameters nor results`);
    }
    entries.push(func.raw as unknown as Entry);
  }
  if (entries.length === 0 && required) {
    throw new ProgramError("os/no-start", `${instance.module.name} is no program: it exports neither "_start" nor "_initialize" and has no start function`);
  }
  return entries;
}

/** All gifts, or none of them. @throws HandleError os/handle-spent */
function takeAll(gifts: Readonly<Record<string, HandleGift>>): Record<string, Grant> {
  const taken: [string, Grant][] = [];
  try {
    for (const [name, gift] of Object.entries(gifts)) taken.push([name, gift.take()]);
  } catch (error) {
    for (const [, grant] of taken) letGo(grant);
    throw error;
  }
  return Object.fromEntries(taken);
}

function inRange(value: number, least: number, most: number, what: string): number {
  if (!Number.isInteger(value) || value < least || value > most) throw new QuantityError(String(value), `${what} from ${least} to ${most}`);
  return value;
}

async function openPreopens(mounts: Readonly<Record<string, FileSystem>>): Promise<Preopen[]> {
  const namespace = new Namespace(mounts);
  const preopens: Preopen[] = [];
  try {
    for (const path of namespace.mounts) {
      const fs = Object.entries(mounts).find(([key]) => samePath(key, path))![1];
      preopens.push({ guestPath: path, directory: await namespace.open(path), rights: fs.readOnly ? "ro" : "rw" });
    }
  } catch (error) {
    for (const { directory } of preopens) directory.close();
    throw error;
  }
  return preopens;
}

function samePath(key: string, plain: string): boolean {
  return `/${key.split("/").filter((name) => name !== "" && name !== ".").join("/")}` === plain;
}
