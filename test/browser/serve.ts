/**
 * A server for tests in a browser: the sources as they are, their types stripped, below one page
 * whose import map knows the faces of the layers and the package of the text format.
 *
 * Pages are cross-origin isolated, since only then a browser gives out shared memories.
 */
import { createServer } from "node:http";
import type { Server } from "node:http";
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Nothing else of the checkout is handed out. */
const FOLDERS = ["/src/", "/test/", "/node_modules/watr/"];
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

function page(): string {
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { readonly imports: Readonly<Record<string, string>> };
  const faces = Object.entries(manifest.imports).map(([name, path]) => [name, path.replace(/^\.\//, "/")] as const);
  const imports = Object.fromEntries([...faces, ["watr", "/node_modules/watr/watr.js"]]);
  return `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>test</title><script type="importmap">${JSON.stringify({ imports })}</script>`;
}

export interface TestServer {
  readonly url: string;
  /** Paths that were asked for and are not there. */
  readonly missing: readonly string[];
  close(): Promise<void>;
}

export async function serveSources(): Promise<TestServer> {
  const missing: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://host").pathname));
    const send = (status: number, type: string, body: string): void => void response.writeHead(status, { ...ISOLATED, "content-type": type }).end(body);
    if (path === "/") return send(200, "text/html", page());
    try {
      if (!FOLDERS.some((folder) => path.startsWith(folder))) throw new Error("not served");
      const text = readFileSync(join(ROOT, path), "utf8");
      return send(200, "text/javascript", path.endsWith(".ts") ? stripTypeScriptTypes(text) : text);
    } catch {
      missing.push(path);
      return send(404, "text/plain", "not found");
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    missing,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
