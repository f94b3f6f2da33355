/** All rows, in the order of the table. */
import type { Row } from "../row.ts";
import { bootPrompt } from "./boot-prompt.ts";
import { channelHartRate, channelHartRtt } from "./channel-hart.ts";
import { channelLocal } from "./channel-local.ts";
import { fairness } from "./fairness.ts";
import { gateBytes, gateOwnStack, gateScalar } from "./gates.ts";
import { growthKill, growthMessage, growthSpawn, growthSwitch } from "./growth.ts";
import { hartsSpeedup } from "./harts-speedup.ts";
import { hostCallIn, hostCallOut } from "./host-calls.ts";
import { instantiate, instantiatePre } from "./instantiate.ts";
import { killRss } from "./kill-rss.ts";
import { killSpin } from "./kill-spin.ts";
import { liveCrowd, liveKib } from "./live-crowd.ts";
import { liveProcesses } from "./live-processes.ts";
import { pipelinePackages } from "./pipeline-packages.ts";
import { pipeThroughput } from "./pipe-throughput.ts";
import { safepointCpython } from "./safepoint-cpython.ts";
import { safepointKernels } from "./safepoint-kernels.ts";
import { pipelineOwn, shLoop1000, shTrue } from "./shell.ts";
import { spawnHello } from "./spawn-hello.ts";
import { threadSwitch } from "./thread-switch.ts";
import { timerLate } from "./timer-late.ts";
import { translateCached, translateCold, translateColdLazy } from "./translate-cold.ts";
import { decodeTranslate } from "./translate-speed.ts";
import { volumeRead, volumeSmall, volumeWrite } from "./volume.ts";

export const ROWS: readonly Row[] = [
  safepointKernels,
  safepointCpython,
  spawnHello,
  threadSwitch,
  channelLocal,
  channelHartRtt,
  channelHartRate,
  hartsSpeedup,
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
  liveCrowd,
  liveKib,
  growthSpawn,
  growthSwitch,
  growthMessage,
  growthKill,
  instantiate,
  instantiatePre,
  hostCallIn,
  hostCallOut,
  gateScalar,
  gateBytes,
  gateOwnStack,
  shTrue,
  shLoop1000,
  pipelineOwn,
  pipelinePackages,
  volumeSmall,
  volumeRead,
  volumeWrite,
  bootPrompt,
];
