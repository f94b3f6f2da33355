/** docs/agentos-calls.md: every call that programs of agentOS's software packages may import. */
import { AGENTOS_CALLS } from "#abi";
import { table } from "./kernel-call-reference.ts";

export function agentosCallReference(): string {
  const modules = [...new Set(AGENTOS_CALLS.map(({ module }) => module))];
  const rows = (module: string): string[][] => AGENTOS_CALLS.filter((call) => call.module === module).map(({ name, params, type, answer, mayBlock, meaning }) => [
    `\`${name}\``, params.map((param) => `${param.name}: ${param.kind}`).join("; "), `\`(${type.params.join(", ")})\``, answer === "mode" ? "mode bits" : "errno", mayBlock ? "yes" : "", meaning,
  ]);
  return `# Calls of agentOS's software packages

<!-- Written by tools/generate.ts from src/abi/agentos/calls-table.ts. -->

Programs of the npm packages \`@rivet-dev/agent-os-*\` import these besides WASI preview 1; [packages](packages.md) says how to install and run them. In a session the calls act on what the program is there, as the [POSIX calls](posix.md) do, whose kinds of parameters they have; outside of one, those on processes answer \`nosys\`. A call answers an error number of WASI preview 1 (0 when it did what it says) or mode bits (0 when they are not known).

Not on offer are \`pty_open\` of \`host_process\` and the module \`host_net\`, which no published package imports.

${modules.map((module) => `## ${module}\n\n${table(["name", "parameters", "core types", "answers", "may block", "meaning"], rows(module))}`).join("\n\n")}
`;
}
