/**
 * Charges for fuel: every basic block pays for its instructions before the first of them runs.
 *
 * What counts: each instruction once when it is executed; `block`, `loop` and the like when they
 * are entered; `end`, `else`, `catch`, `catch_all` and `delegate` never. A block that traps half-way
 * has paid for all of it. So the sum depends on the path taken and on nothing else.
 */
import { Action, Flag, Kind, Row, first, length, rowAfter, rowAt } from "./rows";

/** What the body pays at its entry. */
export let entryCharge = 0;

/** What the block that is looked at begins with. */
const enum Begin { row = 0, entry = 1, nothing = 2 }

let begin = Begin.entry;
/** The row behind which the block begins, if it does. */
let beginRow = changetype<Row>(0);
let charge = 0;

/** Begins where no fuel is counted. */
export function openFuel(): void {
  entryCharge = 0;
}

/** Sets the charges; the counts of rows that charge become what they charge. */
export function chargeBlocks(): void {
  entryCharge = charge = 0;
  begin = Begin.entry;
  const last = rowAt(length);
  for (let row = rowAt(first); row != last; row = rowAfter(row)) {
    charge += row.count;
    switch (row.kind) {
      case Kind.loop:
        close();
        if (begin != Begin.nothing) beginAt(row);
        if (row.has(Flag.targeted)) row.act(Action.refuel);
        break;
      case Kind.if_:
      case Kind.brIf:
      case Kind.brOnNull:
      case Kind.brOnNonNull:
      case Kind.brOnCast:
        close();
        if (begin != Begin.nothing) beginAt(row);
        break;
      case Kind.else_:
      case Kind.catch_:
      case Kind.catchAll:
      case Kind.end:
      case Kind.delegate:
        close();
        beginAt(row);
        break;
      case Kind.br:
      case Kind.brTable:
      case Kind.return_:
      case Kind.unreachable:
      case Kind.throw_:
      case Kind.throwRef:
      case Kind.rethrow:
      case Kind.returnCall:
      case Kind.returnCallIndirect:
      case Kind.returnCallRef:
        close();
        // What follows is never reached, up to the next mark.
        begin = Begin.nothing;
        break;
      default:
    }
  }
  close();
}

function beginAt(row: Row): void {
  begin = Begin.row;
  beginRow = row;
}

function close(): void {
  if (begin == Begin.entry) {
    entryCharge = charge;
  } else if (begin == Begin.row && charge > 0) {
    beginRow.count = charge;
    beginRow.act(Action.charge);
  }
  charge = 0;
}
