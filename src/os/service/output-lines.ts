/** Cuts what a service writes into lines for a log. A line that is too long is cut, so that no service fills the log's memory. */

/** Characters of one line. */
const LINE_MAX = 4096;

/** Reads `stream` to its end and gives each line, without its end, to `line`. Malformed UTF-8 becomes U+FFFD. */
export async function readLines(stream: ReadableStream<Uint8Array>, line: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  const take = (text: string): void => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const each of lines) line(each);
    for (; rest.length > LINE_MAX; rest = rest.slice(LINE_MAX)) line(rest.slice(0, LINE_MAX));
  };
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
  take(decoder.decode());
  if (rest !== "") line(rest);
}
