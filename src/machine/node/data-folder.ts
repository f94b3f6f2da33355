/** Where what a user keeps lies: installed packages, the volume of the home directory. */
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** `$XDG_DATA_HOME/isola`, else `~/.local/share/isola`. */
export function dataFolder(environment: Environment = process.env): string {
  const data = environment["XDG_DATA_HOME"];
  return join(data !== undefined && isAbsolute(data) ? data : join(homedir(), ".local", "share"), "isola");
}

/** The file of the volume that shells have as /home; its folder is made, for nobody else to look into. */
export function defaultHomeVolume(environment: Environment = process.env): string {
  const folder = dataFolder(environment);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, "home.volume");
}
