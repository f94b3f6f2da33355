/**
 * Where the suite is and which scripts it has. The scripts are read where they lie and never
 * copied into the project.
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folders of the suite, with the number of scripts each must have, so that none gets lost unseen. */
export const FOLDERS: Readonly<Record<string, number>> = { core: 234, threads: 4, "legacy-exceptions": 4 };
export const SUITE_FILES = Object.values(FOLDERS).reduce((sum, count) => sum + count, 0);

export const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

export interface SuiteFile {
  /** `folder/name.wast`. */
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

/** The suite's folder: `ISOLA_SPEC_TESTS`, else beside the repository; undefined when neither exists. */
export function findSuite(): string | undefined {
  const given = process.env["ISOLA_SPEC_TESTS"];
  const places = given === undefined ? [join(REPOSITORY, "../shared/spec-testsuite")] : [given];
  return places.find((place) => existsSync(place));
}

/** What to say when there is no suite. */
export const NO_SUITE = `skipped ${SUITE_FILES} files: the suite is neither in ISOLA_SPEC_TESTS nor in ../shared/spec-testsuite`;

/** All scripts, biggest first. @throws Error when a folder has not the scripts it must have. */
export function suiteFiles(root: string): SuiteFile[] {
  const files = Object.entries(FOLDERS).flatMap(([folder, count]) => {
    const found = readdirSync(join(root, folder)).filter((file) => file.endsWith(".wast"));
    if (found.length !== count) throw new Error(`${join(root, folder)} has ${found.length} scripts, expected ${count}`);
    return found.map((file) => {
      const path = join(root, folder, file);
      return { name: `${folder}/${file}`, path, size: statSync(path).size };
    });
  });
  return files.sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));
}
