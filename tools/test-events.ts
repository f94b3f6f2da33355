/**
 * A reporter for `node:test` that writes one line of JSON for each test as it ends, so that
 * whoever runs a test file knows what it did also when the file has to be killed.
 */
import type { TestEvent } from "node:test/reporters";

export interface TestOutcome {
  readonly result: "passed" | "failed" | "skipped";
  readonly name: string;
  /** Why it was skipped, or how it failed. */
  readonly detail: string;
}

async function* events(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, skip, details } = event.data;
    // A suite fails because a test in it did; its tests are reported one by one.
    if (details.type === "suite") continue;
    const skipped = skip !== undefined && skip !== false;
    let outcome: TestOutcome = { result: "passed", name, detail: "" };
    if (skipped) outcome = { result: "skipped", name, detail: typeof skip === "string" ? skip : "no reason given" };
    else if (event.type === "test:fail") outcome = { result: "failed", name, detail: event.data.details.error.message };
    yield `${JSON.stringify(outcome)}\n`;
  }
}

// oxlint-disable-next-line import/no-default-export -- node:test loads a reporter by its default export
export default events;
