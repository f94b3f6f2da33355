/**
 * `isola/wasm` in Chromium: compiling, linking, every trap in every place, reports. Skipped where
 * Debian's Chromium is not installed.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import type { BrowserContext, Page } from "playwright-core";
import { PLACES, TRAP_CASES } from "../traps/trap.cases.ts";
import type { Place } from "../traps/trap.cases.ts";
import { serveSources } from "./serve.ts";
import type { TestServer } from "./serve.ts";

const CHROMIUM = "/usr/bin/chromium";
/** The browser asks nobody for anything but the page. */
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

describe("the engine in Chromium", { skip: existsSync(CHROMIUM) ? false : `${CHROMIUM} is not installed` }, () => {
  const profile = mkdtempSync(join(tmpdir(), "isola-chromium-"));
  let server: TestServer;
  let browser: BrowserContext;
  let page: Page;
  const complaints: string[] = [];

  before(async () => {
    server = await serveSources();
    browser = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, headless: true, args: FLAGS });
    page = await browser.newPage();
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => complaints.push(message.text()));
    await page.goto(server.url);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    rmSync(profile, { recursive: true, force: true });
  });

  /** Calls a function of the page's module. */
  const call = <T>(name: string, ...args: readonly string[]): Promise<T> =>
    page.evaluate(`import("/test/browser/wasm.page.ts").then((page) => page.${name}(...${JSON.stringify(args)}))`);

  test("the page is a browser's, with shared memories", async () => {
    const facts = await call<{ isolated: boolean; agent: string; node: boolean }>("facts");
    assert.equal(facts.isolated, true);
    assert.equal(facts.node, false);
    assert.match(facts.agent, /Chrome\/\d+/);
  });

  test("two modules and a host function are linked", async () => {
    assert.deepEqual(await call("link"), { answer: 43, bytes: [0, 0, 0, 21, 0], mismatch: "link/import-type" });
  });

  test("malformed and invalid bytes are told apart", async () => {
    assert.deepEqual(await call("refuse"), ["decode", "validate"]);
  });

  for (const place of Object.keys(PLACES) as Place[]) {
    test(`every trap ${place}`, async () => {
      assert.deepEqual(await call("trapTable", place), { tried: TRAP_CASES.length, problems: [] });
    });
  }

  test("a report has names, offsets and lines, from the cache too", async () => {
    const { cached, reports } = await call<{ cached: boolean[]; reports: string[] }>("cached");
    assert.deepEqual(cached, [false, true]);
    assert.equal(reports[0], reports[1]);
    assert.match(reports[0]!, /^wasm trap: out of bounds memory access\nwasm backtrace:\n {4}0: +0x[0-9a-f]+ - page!inner\n +at page\.c:7:4\n {4}1: +0x[0-9a-f]+ - page!f\n +at page\.c:7:4$/);
  });

  test("nothing else was asked for or complained of", () => {
    assert.deepEqual(server.missing, []);
    assert.deepEqual(complaints, []);
  });
});
