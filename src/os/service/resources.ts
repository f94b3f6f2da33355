/** What the services of a manifest share, and what each of them is given of it. */
import { memory, readOnly } from "#fs";
import type { FileSystem } from "#fs";
import type { Job } from "#kernel";
import type { HandleGift, HostEvent, HostHandle, HostMemory } from "../handles.ts";
import type { Program } from "../program.ts";
import type { System } from "../system.ts";
import type { HandlePlan, ServicePlan, SystemPlan } from "./plan.ts";

/** Where a manifest's files come from. */
export interface ManifestSource {
  /** The bytes of a binary module. @throws IsolaError */
  image(path: string): Promise<{ readonly name: string; readonly bytes: Uint8Array }>;
  /** @throws IsolaError */
  folder(path: string, write: boolean): FileSystem;
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

  private constructor(system: System) {
    this.#system = system;
  }

  static async make(system: System, plan: SystemPlan, source: ManifestSource): Promise<Resources> {
    const made = new Resources(system);
    for (const [name, bytes] of plan.memories) made.#memories.set(name, system.memoryObject(bytes));
    for (const name of plan.events) made.#events.set(name, system.event());
    for (const [name, spec] of plan.files) {
      made.#files.set(name, spec.kind === "memory" ? memory(spec.limit === undefined ? {} : { limit: Number(spec.limit) }) : source.folder(spec.path, spec.write ?? false));
    }
    for (const service of plan.services.values()) {
      await made.#compile(source, service.image, service.limits.fuel !== undefined);
      for (const { kind, of } of service.handles.values()) {
        if (kind === "image" && !made.#images.has(of)) made.#images.set(of, system.image(await made.#compile(source, of, false)));
      }
    }
    return made;
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
