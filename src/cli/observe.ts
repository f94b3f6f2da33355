/**
 * What lets others see a program that `isola run` has started: the control socket and the
 * endpoint for Prometheus.
 */
import { serveControl, serveMetrics } from "#machine/node";
import type { System } from "#os";
import { CliError, systemReason } from "./cli-error.ts";
import { complain } from "./standard-streams.ts";

/** Programs that end sooner need not be seen, and their start is not held up. */
const CONTROL_AFTER_MS = 50;

export interface Observation {
  close(): void;
}

/** Listens for `isola ps`, `top` and `kill`, a moment from now. `failed` is told why nobody can reach the system. */
export function startControl(os: System, failed: (error: unknown) => void): Observation {
  let closed = false;
  let server: Observation | undefined = undefined;
  const timer = setTimeout(() => {
    serveControl(os).then((listening) => {
      if (closed) listening.close();
      else server = listening;
    }, failed);
  }, CONTROL_AFTER_MS).unref();
  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
      server?.close();
    },
  };
}

/** Listens for Prometheus. @throws CliError when the port cannot be had. */
export async function startMetrics(os: System, port: number): Promise<Observation> {
  try {
    const server = await serveMetrics(() => os.snapshot(), port);
    if (port === 0) complain(`isola: figures at http://127.0.0.1:${server.port}/metrics`);
    return server;
  } catch (error) {
    const reason = error instanceof Error && "code" in error && error.code === "EADDRINUSE" ? "it is in use" : systemReason(error);
    if (reason === undefined) throw error;
    throw new CliError(`cannot listen on port ${port} for --metrics: ${reason}`, { cause: error });
  }
}
