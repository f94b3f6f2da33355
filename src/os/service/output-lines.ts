/** Cuts what a service writes into lines for a log. A line that is too long is cut, so that no service fills the log's memory. */

/** Characters of one line. */
const LINE_MAX = 4096;

/**
 * Reads `stream` to its end and gives each line, without its end, to `line`. Malformed UTF-8 becomes U+FFFD. While `line` is
 * not done nothing more is read, so that a service which writes faster than its log waits for it.
 */
export async function readLines(stream: ReadableStream<Uint8Array>, line: (text: string) => unknown): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  const take = async (text: string): Promise<void> => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const each of lines) for (let at = 0; at === 0 || at < each.length; at += LINE_MAX) await line(each.slice(at, at + LINE_MAX));
    for (; rest.length > LINE_MAX; rest = rest.slice(LINE_MAX)) await line(rest.slice(0, LINE_MAX));
  };
  for await (const chunk of stream) await take(decoder.decode(chunk, { stream: true }));
  await take(decoder.decode());
  if (rest !== "") await line(rest);
}
