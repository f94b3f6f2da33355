/** A manifest after it was checked: every name leads somewhere, every default is filled in, sizes are bytes and times milliseconds. */
import type { Limits, RightName } from "#kernel";
import type { OfferOptions } from "../interface.ts";
import type { SpawnLimits } from "../limits.ts";
import type { FilesSpec } from "./manifest.ts";
import type { RestartRules } from "./restart-policy.ts";
import type { LifeRules } from "./service-machine.ts";

export interface SystemPlan {
  readonly description: string | undefined;
  readonly limits: Limits;
  /** Bytes, by name. */
  readonly memories: ReadonlyMap<string, number>;
  readonly events: readonly string[];
  readonly files: ReadonlyMap<string, FilesSpec>;
  /** In the order in which they are started. */
  readonly services: ReadonlyMap<string, ServicePlan>;
}

export type HandlePlan =
  | { readonly kind: "memory" | "event" | "image" | "job"; readonly of: string; readonly rights: readonly RightName[] | undefined };

export interface MountPlan {
  readonly files: string;
  readonly readOnly: boolean;
}

export interface FunctionsPlan {
  readonly kind: "functions";
  readonly to: readonly string[];
  readonly options: OfferOptions;
}
export interface ChannelPlan {
  readonly kind: "channel";
  readonly to: readonly string[];
  readonly messages: number;
  readonly bytes: number;
  /** Connections of one user at a time. */
  readonly perUser: number;
  /** What the service is told by which this offer is meant: its place among the channels that it offers. */
  readonly index: number;
}
export type OfferPlan = FunctionsPlan | ChannelPlan;

export interface UsePlan {
  readonly service: string;
  readonly offer: string;
}

export interface ServicePlan {
  readonly name: string;
  readonly description: string | undefined;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly output: "log" | "inherit" | "null";
  readonly input: "null" | "inherit";
  readonly mounts: ReadonlyMap<string, MountPlan>;
  readonly handles: ReadonlyMap<string, HandlePlan>;
  readonly offers: ReadonlyMap<string, OfferPlan>;
  readonly uses: ReadonlyMap<string, UsePlan>;
  /** Services that have to be ready first, each once. */
  readonly needs: readonly string[];
  readonly limits: SpawnLimits;
  readonly job: Limits;
  readonly weight: number | undefined;
  readonly hart: number;
  readonly clocks: boolean;
  readonly entropy: boolean;
  readonly restart: RestartRules;
  readonly life: LifeRules;
  /** The exported function that the heartbeat calls. */
  readonly heartbeatFunction: string | undefined;
  /** Whether it has a control channel. */
  readonly control: boolean;
  readonly main: boolean;
  readonly manual: boolean;
}

/** The handle of a service's control channel. */
export const CONTROL_HANDLE = "control";

/** Whether `service` may use the offer. */
export function mayUse(offer: OfferPlan, service: string): boolean {
  return offer.to.includes("*") || offer.to.includes(service);
}
