/** What a person sees: a terminal's screen as rows of text, out of what programs wrote. */

export class Screen {
  readonly columns: number;
  #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  #rest = "";
  readonly #decoder = new TextDecoder();

  constructor(columns: number) {
    this.columns = columns;
  }

  write(bytes: Uint8Array): void {
    this.#rest += this.#decoder.decode(bytes, { stream: true });
    for (let match = NEXT.exec(this.#rest); match !== null; match = NEXT.exec(this.#rest)) {
      this.#rest = this.#rest.slice(match[0].length);
      if (match[2] !== undefined) this.#sequence(match[1] === "" ? 1 : Number.parseInt(match[1]!, 10), match[2]);
      else this.#character(match[0]);
    }
  }

  /** The rows without blanks at their ends, and without empty rows at the end. */
  get text(): string {
    return this.#rows.map((row) => Array.from(row, (character) => character ?? " ").join("").trimEnd()).join("\n").trimEnd();
  }

  get lastRow(): string {
    return this.text.split("\n").at(-1)!;
  }

  /** Where the cursor is, from 0 on. */
  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row, column: this.#column };
  }

  #character(character: string): void {
    switch (character) {
      case "\r":
        this.#column = 0;
        return;
      case "\n":
        this.#moveTo(this.#row + 1);
        return;
      case "\b":
        this.#column = Math.max(0, this.#column - 1);
        return;
      case "\x07":
        return;
    }
    if (this.#column === this.columns) {
      this.#column = 0;
      this.#moveTo(this.#row + 1);
    }
    this.#rows[this.#row]![this.#column++] = character;
  }

  #sequence(count: number, kind: string): void {
    switch (kind) {
      case "A":
        this.#row = Math.max(0, this.#row - count);
        return;
      case "C":
        this.#column = Math.min(this.columns - 1, this.#column + count);
        return;
      case "H":
        this.#row = this.#column = 0;
        return;
      case "J":
        if (count === 2) this.#rows = [[]];
        else {
          this.#rows.length = this.#row + 1;
          this.#rows[this.#row]!.length = Math.min(this.#rows[this.#row]!.length, this.#column);
        }
        if (count === 2) this.#moveTo(this.#row);
        return;
      default:
        throw new Error(`a sequence that the screen does not know: ${kind}`);
    }
  }

  #moveTo(row: number): void {
    this.#row = row;
    while (this.#rows.length <= row) this.#rows.push([]);
  }
}

// oxlint-disable-next-line no-control-regex -- they are what a terminal gets
const NEXT = /^(?:\x1b\[(\d*)([A-Za-z])|[^\x1b])/u;
