/** Figures for Prometheus; the library that prints them is loaded when they are first asked for. */
import type { SystemSnapshot } from "#kernel";
import type { MetricsServer } from "./metrics-server.ts";
import type { MetricsText } from "./metrics.ts";

/** The figures of a system at one moment, in the text format of Prometheus. */
export async function metricsText(snapshot: SystemSnapshot): Promise<MetricsText> {
  return (await import("./metrics.ts")).printMetrics(snapshot);
}

/** Answers GET /metrics on 127.0.0.1. Port 0 takes any. Rejects with the system's error when the port cannot be had. */
export async function serveMetrics(snapshot: () => Promise<SystemSnapshot>, port: number): Promise<MetricsServer> {
  return (await import("./metrics-server.ts")).MetricsServer.listen(snapshot, port);
}
