/**
 * `--dir HOST[::GUEST][:ro]`: which folder of the host a program sees, and where.
 *
 * Programs have no working directory: the C library of WASI takes "data/x" for "/data/x". So
 * without GUEST a relative HOST is seen under the same relative name from "/", and the names
 * that one would type here are the names that work inside: "." is "/", "./src" is "/src".
 * Some programs put paths such as "//./src/x" together, which begin at "/": so "/" is there as
 * soon as any folder is, read-only and empty but for what leads to the folders.
 */
import { CliError } from "./cli-error.ts";

export interface DirectoryGrant {
  readonly host: string;
  /** Absolute, without ".", ".." and double slashes. */
  readonly guest: string;
  readonly readOnly: boolean;
  /** `host` is the file of a volume. */
  readonly volume?: true;
}

/** @throws CliError */
export function parseGrant(text: string): DirectoryGrant {
  const readOnly = text.endsWith(":ro");
  const [host = "", named, ...more] = (readOnly ? text.slice(0, -":ro".length) : text).split("::");
  if (host === "") throw new CliError("the folder of the host is missing: HOST[::GUEST][:ro]");
  if (more.length > 0) throw new CliError(`"${text}" has more than one "::"`);
  if (named === "") throw new CliError(`"${text}" names no path for the program after "::"`);
  const names = (named ?? host).split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) {
    throw new CliError(
      named === undefined ? `a path with ".." says not where the program should see it; write for instance ${host}::/${names.findLast((name) => name !== "..") ?? "data"}`
        : `the program's path "${named}" must not have ".." in it`,
    );
  }
  return { host, guest: `/${names.join("/")}`, readOnly };
}

/** `--volume FILE::GUEST[:ro]`. @throws CliError */
export function parseVolumeGrant(text: string): DirectoryGrant {
  if (!text.includes("::")) throw new CliError(`where is the program to see ${text}? Write ${text.replace(/:ro$/, "")}::/data`);
  return { ...parseGrant(text), volume: true };
}

/** Adds a grant to others. @throws CliError when its place is taken. */
export function addGrant(grants: DirectoryGrant[], grant: DirectoryGrant): void {
  const taken = grants.find(({ guest }) => guest === grant.guest);
  if (taken !== undefined) throw new CliError(`${grant.guest} is ${taken.host} already; name another place with ${grant.host}::GUEST`);
  grants.push(grant);
}

/** Whether "/" has to be added, so that the folders granted can be found from it. */
export function needsRoot(grants: readonly DirectoryGrant[]): boolean {
  return grants.length > 0 && !grants.some(({ guest }) => guest === "/");
}
