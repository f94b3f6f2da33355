/** Both sides of the control sockets, loaded when they are asked for. */
import type * as ControlClient from "./control-client.ts";
import type { ControlServer, ControlTarget } from "./control-server.ts";

/**
 * Lets `isola ps`, `top` and `kill` of this user reach a system, until it is closed.
 *
 * @throws ControlFolderError when the folder of the sockets cannot be trusted or made.
 */
export async function serveControl(target: ControlTarget): Promise<ControlServer> {
  return (await import("./control-server.ts")).ControlServer.listen(target);
}

export function controlClient(): Promise<typeof ControlClient> {
  return import("./control-client.ts");
}
