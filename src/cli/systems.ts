/** What the running systems of this user say about themselves. */
import { ControlError, controlClient } from "#machine/node";
import type { SystemAddress } from "#machine/node";
import type { SystemSnapshot } from "#os";
import { complain } from "./standard-streams.ts";

export interface SeenSystem {
  readonly address: SystemAddress;
  readonly snapshot: SystemSnapshot;
}

/**
 * All that answer. One that has ended meanwhile is left out; one that does not answer, or not as it
 * should, is told of on standard error.
 *
 * @throws ControlFolderError
 */
export async function seeSystems(warn: (text: string) => void = (text) => complain(`isola: ${text}`)): Promise<SeenSystem[]> {
  const { askForSnapshot, findSystems } = await controlClient();
  const seen = await Promise.all(findSystems().map(async (address) => {
    try {
      return { address, snapshot: await askForSnapshot(address) };
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      if (error.code !== "control/gone") warn(error.code === "control/timeout" ? error.message : `the system of process ${address.host}: ${error.message}`);
      return undefined;
    }
  }));
  return seen.filter((system) => system !== undefined);
}
