/** What stands behind the standard streams of a program, by the modes of its spawn options. */
import { PIPE_CAPACITY, createPipe } from "#kernel";
import type { ByteSink, ByteSource, HostStdio } from "#kernel";
import { DEFAULT_OUTPUT } from "./limits.ts";
import type { InputMode, OutputMode } from "./spawn-options.ts";
import { Output, inputStream, pump } from "./streams.ts";

export interface Input {
  readonly source?: ByteSource;
  readonly stream?: WritableStream<Uint8Array | string>;
  readonly terminal: boolean;
}
export interface OutputEnd {
  readonly sink?: ByteSink;
  readonly stream?: Output;
  readonly terminal: boolean;
  /** Its writer waits when nobody reads. */
  readonly windowed: boolean;
}

/** The streams of one program when they are not made here. */
export interface GivenStreams {
  readonly stdin: Input;
  readonly stdout: OutputEnd;
  readonly stderr: OutputEnd;
}

export class StandardStreams {
  readonly #stdio: HostStdio;

  constructor(stdio: HostStdio) {
    this.#stdio = stdio;
  }

  /** What `atEnd` gets is to be done when the program has ended; without it, descriptors hold the stream and its ends close with them. */
  input(mode: InputMode, atEnd?: (() => void)[]): Input {
    if (mode === "null") return { terminal: false };
    if (mode === "inherit") return { source: this.#stdio.stdin, terminal: this.#stdio.isTerminal("stdin") };
    const whole = mode instanceof Uint8Array ? mode : typeof mode === "object" && "text" in mode ? new TextEncoder().encode(mode.text) : undefined;
    const pipe = createPipe(whole === undefined ? PIPE_CAPACITY : Math.max(1, whole.length));
    atEnd?.push(() => pipe.source.close());
    if (whole !== undefined) {
      if (whole.length > 0) pipe.sink.write(whole);
      pipe.sink.close();
      return { source: pipe.source, terminal: false };
    }
    if (mode === "pipe") return { source: pipe.source, stream: inputStream(pipe.sink), terminal: false };
    // A stream that fails ends the program's input; its own consumer is told by the stream.
    pump(mode as ReadableStream<Uint8Array>, pipe.sink).catch(() => undefined);
    return { source: pipe.source, terminal: false };
  }

  output(mode: OutputMode, name: "stdout" | "stderr", atEnd?: (() => void)[]): OutputEnd {
    if (mode === "null") return { terminal: false, windowed: true };
    if (mode === "inherit") return { sink: this.#stdio[name], terminal: this.#stdio.isTerminal(name), windowed: true };
    // Of one program the account of its output bounds the buffer; of many the buffer does.
    const pipe = createPipe(mode !== "buffer" ? PIPE_CAPACITY : atEnd === undefined ? DEFAULT_OUTPUT : Number.MAX_SAFE_INTEGER);
    atEnd?.push(() => pipe.sink.close());
    return { sink: pipe.sink, stream: new Output(pipe.source), terminal: false, windowed: mode !== "buffer" };
  }
}
