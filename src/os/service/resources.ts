/** What the services of a manifest share, and what each of them is given of it. */
import { memory, readOnly } from "#fs";
import type { FileSystem } from "#fs";
import type { Job } from "#kernel";
import type { HandleGift, HostEvent, HostHandle, HostMemory } from "../handles.ts";
import { parseBytes } from "../quantity.ts";
import type { Program } from "../program.ts";
import type { System } from "../system.ts";
import type { HandlePlan, ServicePlan, SystemPlan } from "./plan.ts";

/** Files of the host, open until they are closed. */
export interface Folder extends FileSystem {
  close(): void;
}

/** Where a manifest's files come from. */
export interface ManifestSource {
  /** The bytes of a binary module. @throws IsolaError */
  image(path: string): Promise<{ readonly name: string; readonly bytes: Uint8Array }>;
  /** @throws IsolaError */
  folder(path: string, write: boolean): Folder;
  /** A volume, made when it is not there and may be written. `quota` in bytes. @throws IsolaError */
  volume(path: string, options: { readonly write: boolean; readonly quota?: number }): Folder;
}

/** What the words for jobs in a manifest mean for one service. */
export interface Jobs {
  readonly own: Job;
  readonly all: Job;
  of(name: string): Job;
}

/** What a manifest's services share: programs, memory objects, events, file systems. */
export class Resources {
  readonly #system: System;
  readonly #programs = new Map<string, Program>();
  readonly #memories = new Map<string, HostMemory>();
  readonly #events = new Map<string, HostEvent>();
  readonly #images = new Map<string, HostHandle>();
  readonly #files = new Map<string, FileSystem>();
  readonly #folders: Folder[] = [];

  private constructor(system: System) {
    this.#system = system;
  }

  static async make(system: System, plan: SystemPlan, source: ManifestSource): Promise<Resources> {
    const made = new Resources(system);
    try {
      await made.#make(plan, source);
      return made;
    } catch (error) {
      made.close();
      throw error;
    }
  }

  async #make(plan: SystemPlan, source: ManifestSource): Promise<void> {
    for (const [name, bytes] of plan.memories) this.#memories.set(name, this.#system.memoryObject(bytes));
    for (const name of plan.events) this.#events.set(name, this.#system.event());
    for (const [name, spec] of plan.files) {
      if (spec.kind === "memory") {
        this.#files.set(name, memory(spec.limit === undefined ? {} : { limit: parseBytes(spec.limit) }));
        continue;
      }
      const write = spec.write ?? false;
      const folder = spec.kind === "host" ? source.folder(spec.path, write) : source.volume(spec.path, { write, ...(spec.quota === undefined ? {} : { quota: parseBytes(spec.quota) }) });
      this.#folders.push(folder);
      this.#files.set(name, folder);
    }
    for (const service of plan.services.values()) {
      await this.#compile(source, service.image, service.limits.fuel !== undefined);
      for (const { kind, of } of service.handles.values()) {
        if (kind === "image" && !this.#images.has(of)) this.#images.set(of, this.#system.image(await this.#compile(source, of, false)));
      }
    }
  }

  memory(name: string): HostMemory | undefined {
    return this.#memories.get(name);
  }

  /** Lets go of all of it, once nothing runs any more. */
  close(): void {
    for (const handle of [...this.#memories.values(), ...this.#events.values(), ...this.#images.values()]) handle.close();
    for (const folder of this.#folders) folder.close();
  }

  /** What it runs: all images were compiled at the launch. */
  program({ image, limits }: ServicePlan): Program {
    return this.#programs.get(programKey(image, limits.fuel !== undefined))!;
  }

  async #compile(source: ManifestSource, path: string, fuel: boolean): Promise<Program> {
    const key = programKey(path, fuel);
    let program = this.#programs.get(key);
    if (program === undefined) {
      const { name, bytes } = await source.image(path);
      this.#programs.set(key, (program = await this.#system.compile(bytes, { name, fuel })));
    }
    return program;
  }

  /** Handles and mounts as the plan says. @throws HandleError */
  grant(service: ServicePlan, jobs: Jobs): { readonly handles: Record<string, HandleGift>; readonly fs: Record<string, FileSystem> } {
    const handles: Record<string, HandleGift> = {};
    try {
      for (const [name, plan] of service.handles) handles[name] = this.#handle(plan, jobs);
    } catch (error) {
      for (const gift of Object.values(handles)) gift.discard();
      throw error;
    }
    const fs = [...service.mounts].map(([path, mount]) => {
      const files = this.#files.get(mount.files)!; // names were checked
      return [path, mount.readOnly ? readOnly(files) : files] as const;
    });
    return { handles, fs: Object.fromEntries(fs) };
  }

  /** Names were checked. */
  #handle({ kind, of, rights }: HandlePlan, jobs: Jobs): HandleGift {
    switch (kind) {
      case "memory": return this.#memories.get(of)!.handle(rights);
      case "event": return this.#events.get(of)!.handle(rights);
      case "image": return this.#images.get(of)!.handle(rights);
      case "job": return this.#system.jobHandle(of === "own" ? jobs.own : of === "all" ? jobs.all : jobs.of(of), rights);
    }
  }
}

function programKey(image: string, fuel: boolean): string {
  return `${fuel ? "fuel" : "plain"}:${image}`;
}
