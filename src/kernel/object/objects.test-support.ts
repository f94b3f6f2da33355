/** What tests of kernel objects need instead of a kernel: accounts without processes, tables on them. */
import { Account } from "./account.ts";
import type { Limits } from "./account.ts";
import { Charges } from "./charges.ts";
import { HandleTable } from "./handle-table.ts";
import { SignalObject } from "./signal-object.ts";

export function testAccount(limits: Limits = {}): { readonly account: Account; readonly charges: Charges; readonly table: HandleTable } {
  const account = new Account("test", undefined, limits);
  const table = new HandleTable({
    chargeHandle: () => account.charge("handles", 1) === undefined,
    refundHandle: () => account.refund("handles", 1),
  });
  return { account, charges: new Charges(account), table };
}

/** An object whose signals the test sets. */
export class TestObject extends SignalObject {
  readonly objectKind = "test";
  readonly kind = 99;
  closes = 0;

  up(bits: number): void {
    this.raise(bits);
  }
  down(bits: number): void {
    this.lower(bits);
  }
  protected closed(): void {
    this.closes++;
  }
}
