/** What docs/invariants.md promises, as far as it can be seen of a system that runs. */
import assert from "node:assert/strict";
import { RESOURCES } from "#kernel";
import type { Job, System } from "#os";

/** INV-4, INV-10 and INV-12, for every process and job of the system as it is now. */
export function checkInvariants(os: System): void {
  for (const process of os.processes()) {
    const { account, handles, charges, name } = process;
    assert.equal(account.used("handles"), handles.size + charges.handles, `handles of ${name}`);
    assert.ok(account.used("memory") >= charges.bytes, `bytes of ${name}`);
    if (process.job.killed !== undefined) assert.ok(process.dying, `${name} runs in a killed job`);
  }
  const look = (job: Job): void => {
    for (const resource of RESOURCES) {
      const used = job.account.used(resource);
      const below = [...job.children].reduce((sum, { account }) => sum + account.used(resource), 0);
      const own = [...job.processes].reduce((sum, { account }) => sum + account.used(resource), 0);
      if (resource === "processes") assert.equal(used, below + job.processes.size, `processes of ${job.name}`);
      else assert.ok(used >= below + own, `${resource} of ${job.name}: ${used} < ${below} + ${own}`);
      assert.ok(used <= (job.account.limits[resource] ?? Infinity), `${resource} of ${job.name} beyond its limit`);
    }
    for (const child of job.children) look(child);
  };
  look(os.root);
}
