/** Channel ends that wander between two harts at random, with messages and with each other: nothing is lost, doubled, or left behind. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { Kernel } from "#kernel";
import { NodeMachine } from "#machine/node";
import { Objects } from "../objects.ts";
import type { ChannelEnd } from "../object/channel.ts";
import { Grant } from "../object/grant.ts";
import { Signal } from "../object/rights.ts";
import { Status } from "../object/status.ts";
import { HandlePort } from "./handle-port.ts";
import type { HandleName } from "./handle-name.ts";
import { face, linkEnds } from "./link.test-support.ts";
import type { Line, Link } from "./link.ts";
import { Link as LinkClass } from "./link.ts";
import { SharedAccounts } from "./shared-accounts.ts";
import { SharedJobs } from "./shared-jobs.ts";

interface Side {
  readonly kernel: Kernel;
  readonly objects: Objects;
  readonly jobs: SharedJobs;
}

const kernels: Kernel[] = [];
after(() => Promise.all(kernels.map((kernel) => kernel.shutdown())));

async function sides(): Promise<readonly [Side, Side]> {
  const buffer = SharedAccounts.buffer(2);
  const made: Side[] = [];
  for (const hart of [0, 1]) {
    const kernel = await Kernel.boot(new NodeMachine({ cacheFolder: false }));
    kernels.push(kernel);
    const accounts = new SharedAccounts(buffer, hart, 2);
    const root = hart === 0 ? accounts.take()! : accounts.find({ slot: 0, generation: 1 })!;
    made.push({ kernel, objects: new Objects(kernel), jobs: new SharedJobs(kernel, accounts, root, () => undefined) });
  }
  return [made[0]!, made[1]!];
}

const both = await sides();

/** One end of a channel, wherever its handle is. */
interface End {
  readonly name: string;
  /** The numbers that were sent to it and that it has not received. */
  readonly toCome: number[];
  readonly other: () => End;
  /** Undefined while it travels, or once it is closed. */
  held: { readonly hart: 0 | 1; readonly grant: Grant } | undefined;
  closed: boolean;
}

class World {
  readonly ends: End[] = [];
  readonly links: readonly [Link, Link];
  readonly ports: readonly [HandlePort, HandlePort];
  readonly #lines: readonly [Line, Line];
  readonly #travelling: [End[], End[]] = [[], []];
  #next = 1;

  constructor() {
    const [endA, endB] = linkEnds(0, face(), 1, face(), 4096);
    this.links = [new LinkClass(endA), new LinkClass(endB)];
    const images = { nameOf: () => 0, payloadOf: () => ({}) };
    this.ports = [0, 1].map((hart) => new HandlePort(this.links[hart]!, both[hart]!.kernel, both[hart]!.objects, both[hart]!.jobs, images)) as unknown as readonly [HandlePort, HandlePort];
    this.#lines = [0, 1].map((hart) => this.links[hart]!.first({ received: () => undefined, posted: (value) => this.#arrived(hart as 0 | 1, value as HandleName), lost: () => undefined }, hart === 0)) as unknown as readonly [Line, Line];
  }

  #arrived(hart: 0 | 1, name: HandleName): void {
    const end = this.#travelling[hart].shift()!;
    const grant = this.ports[hart].grantFor(name);
    assert.ok(grant !== undefined, `${end.name} arrives`);
    end.held = { hart, grant };
  }

  create(hart: 0 | 1): void {
    const made = both[hart].objects.channel({ messages: 3, bytes: 100 }, both[hart].objects.hostCharges)!;
    const number = this.ends.length / 2;
    const pair: End[] = made.map((object, side) => {
      object.retain();
      return { name: `${number}.${side}`, toCome: [], other: () => pair[1 - side]!, held: { hart, grant: new Grant(object, -1) }, closed: false };
    });
    this.ends.push(...pair);
  }

  move(end: End): void {
    if (end.held === undefined) return;
    const { hart, grant } = end.held;
    const other = (1 - hart) as 0 | 1;
    assert.equal(this.ports[hart].canCarry([grant.object]), true);
    end.held = undefined;
    this.#travelling[other].push(end);
    this.#lines[hart].post(this.ports[hart].nameOf(grant));
  }

  /** With `along`, an end on the same hart travels in the message. */
  send(end: End, along?: End): void {
    if (end.held === undefined) return;
    const object = end.held.grant.object as ChannelEnd;
    if (object.canSend(4) !== Status.ok) return;
    const number = this.#next++;
    const bytes = new Uint8Array(Int32Array.of(number).buffer);
    const grant = along === end || along?.held?.hart !== end.held.hart ? undefined : along.held.grant;
    if (grant !== undefined && object.holdHandles([grant.object]) === Status.ok) {
      this.#inside.set(number, along!);
      along!.held = undefined;
      object.send(bytes, [grant]);
    } else object.send(bytes);
    end.other().toCome.push(number);
  }
  readonly #inside = new Map<number, End>();

  receive(end: End): boolean {
    if (end.held === undefined) return false;
    const message = (end.held.grant.object as ChannelEnd).receive();
    if (message === undefined) return false;
    const number = new Int32Array(message.bytes.slice().buffer)[0]!;
    assert.equal(number, end.toCome.shift(), `what ${end.name} receives`);
    const inside = this.#inside.get(number);
    assert.equal(message.grants.length, inside === undefined ? 0 : 1);
    if (inside !== undefined) {
      assert.equal(message.grants[0]!.isRevoked, false);
      inside.held = { hart: end.held.hart, grant: message.grants[0]! };
    }
    return true;
  }

  close(end: End): void {
    const held = end.held;
    if (held === undefined) return;
    end.held = undefined;
    end.closed = true;
    end.toCome.length = 0;
    held.grant.end();
    held.grant.object.release();
  }

  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet++) {
      await Promise.resolve();
      for (const link of this.links) if (link.poll(false)) quiet = 0;
    }
  }
}

type Op = readonly [what: number, end: number, other: number];

test("messages and ends arrive once and in order, wherever the ends are", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(99), fc.nat(7), fc.nat(7)) as fc.Arbitrary<Op>, { minLength: 20, maxLength: 200, size: "max" }), async (ops) => {
    const before = both.map(({ kernel }) => [kernel.root.account.used("memory"), kernel.root.account.used("handles")]);
    const world = new World();
    world.create(0);
    world.create(1);
    for (const [what, which, other] of ops) {
      const end = world.ends[which % world.ends.length]!;
      if (what < 25) world.move(end);
      else if (what < 50) world.send(end);
      else if (what < 60) world.send(end, world.ends[other % world.ends.length]);
      else if (what < 80) world.receive(end);
      else if (what < 82) world.create((which % 2) as 0 | 1);
      else {
        world.links[(which % 2) as 0 | 1].poll(what < 90);
        await Promise.resolve();
      }
    }
    // Everything that is under way arrives, unless it is in a queue of which nobody can receive.
    for (let progress = true; progress;) {
      await world.settle();
      progress = false;
      for (const end of world.ends) while (world.receive(end)) progress = true;
    }
    await world.settle();
    for (const end of world.ends) if (end.held !== undefined) assert.deepEqual(end.toCome, [], `${end.name} has received all`);
    for (const end of world.ends) {
      world.close(end);
      await world.settle();
      const other = end.other();
      if (end.closed && other.held !== undefined) assert.ok(((other.held.grant.object as ChannelEnd).signals & Signal.peer_closed) !== 0, "the other end is told");
    }
    await world.settle();
    // Ends that wait in each other's queues can keep each other; without such there is nothing left.
    if (world.ends.every(({ closed }) => closed)) {
      assert.deepEqual(world.ports.map(({ exported }) => exported), [0, 0]);
      assert.deepEqual(world.links.map(({ lines }) => lines), [1, 1]);
      assert.deepEqual(both.map(({ kernel }) => [kernel.root.account.used("memory"), kernel.root.account.used("handles")]), before);
    } else {
      for (const link of world.links) link.lost("the end of the round");
    }
  }), { numRuns: 300 });
});
