/** All rows, in the order of the table. */
import type { Row } from "../row.ts";
import { channelLocal } from "./channel-local.ts";
import { fairness } from "./fairness.ts";
import { gateBytes, gateOwnStack, gateScalar } from "./gates.ts";
import { hostCallIn, hostCallOut } from "./host-calls.ts";
import { instantiate, instantiatePre } from "./instantiate.ts";
import { killRss } from "./kill-rss.ts";
import { killSpin } from "./kill-spin.ts";
import { liveProcesses } from "./live-processes.ts";
import { pipelinePackages } from "./pipeline-packages.ts";
import { pipeThroughput } from "./pipe-throughput.ts";
import { safepointCpython } from "./safepoint-cpython.ts";
import { safepointKernels } from "./safepoint-kernels.ts";
import { spawnHello } from "./spawn-hello.ts";
import { threadSwitch } from "./thread-switch.ts";
import { timerLate } from "./timer-late.ts";
import { translateCached, translateCold, translateColdLazy } from "./translate-cold.ts";
import { decodeTranslate } from "./translate-speed.ts";

export const ROWS: readonly Row[] = [
  safepointKernels,
  safepointCpython,
  spawnHello,
  threadSwitch,
  channelLocal,
  pipeThroughput,
  timerLate,
  fairness,
  killSpin,
  killRss,
  translateCold,
  translateColdLazy,
  translateCached,
  decodeTranslate,
  liveProcesses,
  instantiate,
  instantiatePre,
  hostCallIn,
  hostCallOut,
  gateScalar,
  gateBytes,
  gateOwnStack,
  pipelinePackages,
];
