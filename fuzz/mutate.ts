/**
 * Damages modules: at random places, and with an eye for their structure, so that much of it
 * still gets past the first checks.
 *
 * Sections and bodies are taken apart by a reader of its own; sizes are written anew after
 * most changes.
 */
import { u32 } from "./generate/encode.ts";
import type { Random } from "./random.ts";

interface Section {
  readonly id: number;
  readonly contents: Uint8Array;
}

const CODE = 10;
const INTERESTING = [0x00, 0x01, 0x0b, 0x05, 0x40, 0x41, 0x60, 0x63, 0x64, 0x70, 0x7f, 0x80, 0xfb, 0xfc, 0xfd, 0xfe, 0xff, 0x1f, 0x06, 0x07, 0x18, 0x19] as const;
/** Snippets that are whole instructions, some of them valid in most places. */
const SNIPPETS: readonly (readonly number[])[] = [
  [0x01], [0x00], [0x0c, 0], [0x0f], [0x02, 0x40, 0x0b], [0x03, 0x40, 0x0b], [0x03, 0x40, 0x41, 0, 0x0d, 0, 0x0b], [0x41, 0, 0x1a],
  [0x06, 0x40, 0x0b], [0x06, 0x40, 0x19, 0x0b], [0x06, 0x40, 0x18, 0], [0x1f, 0x40, 0, 0x0b], [0x1f, 0x40, 1, 2, 0, 0x0b], [0x41, 0, 0x0e, 1, 0, 0],
  [0x41, 0, 0x40, 0, 0x1a], [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0], [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 10, 0, 0], [0x10, 0], [0x12, 0], [0xd0, 0x70, 0x1a],
  [0xfc, 0x8b, 0x80, 0x00, 0], [0x41, 0x80, 0x80, 0x80, 0x80, 0x00, 0x1a], [0x20, 0, 0x1a], [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 0), 0x1a],
];

function readU32(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[at + i] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: at + i + 1 };
  }
  return { value, next: at + 5 };
}

function takeApart(bytes: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = 8; at < bytes.length;) {
    const { value, next } = readU32(bytes, at + 1);
    sections.push({ id: bytes[at]!, contents: bytes.subarray(next, next + value) });
    at = next + value;
  }
  return sections;
}

function bodiesOf(contents: Uint8Array): Uint8Array[] {
  const bodies: Uint8Array[] = [];
  const { value: count, next: first } = readU32(contents, 0);
  for (let at = first, i = 0; i < count && at < contents.length; i++) {
    const { value, next } = readU32(contents, at);
    bodies.push(contents.subarray(next, next + value));
    at = next + value;
  }
  return bodies;
}

function join(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A size, now and then longer than it needs to be, or wrong. */
function size(value: number, random: Random): number[] {
  const bytes = u32(value);
  switch (random.below(40)) {
    case 0: {
      const last = bytes.pop()!;
      return bytes.length >= 4 ? [...bytes, last] : [...bytes, last | 0x80, 0];
    }
    case 1: return u32(Math.max(0, value + 1 - random.below(3)));
    default: return bytes;
  }
}

function putTogether(sections: readonly Section[], random: Random): Uint8Array<ArrayBuffer> {
  return join([[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], ...sections.flatMap(({ id, contents }) => [[id], size(contents.length, random), contents])]);
}

/** Changes some bytes; the length may change too. */
function damage(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length);
  switch (random.below(8)) {
    case 0:
    case 1: {
      const copy = Uint8Array.from(bytes);
      if (copy.length > 0) copy[at]! ^= 1 << random.below(8);
      return copy;
    }
    case 2: {
      const copy = Uint8Array.from(bytes);
      if (copy.length > 0) copy[at] = random.pick(INTERESTING);
      return copy;
    }
    case 3: return join([bytes.subarray(0, at), [random.pick(INTERESTING)], bytes.subarray(at)]);
    case 4: return join([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + 1 + random.below(3)))]);
    // The same number in a longer form.
    case 5: return (bytes[at] ?? 0x80) < 0x80 ? join([bytes.subarray(0, at), [bytes[at]! | 0x80, bytes[at]! >= 0x40 && random.below(2) === 0 ? 0x7f : 0], bytes.subarray(at + 1)]) : Uint8Array.from(bytes);
    case 6: return join([bytes.subarray(0, at), random.pick(SNIPPETS), bytes.subarray(at)]);
    default: {
      const copy = Uint8Array.from(bytes);
      if (copy.length > 0) copy[at] = (copy[at]! + (random.below(2) === 0 ? 1 : 255)) & 0xff;
      return copy;
    }
  }
}

function mutateBody(sections: readonly Section[], donor: readonly Section[], random: Random): Section[] {
  return sections.map((section) => {
    if (section.id !== CODE) return section;
    const bodies = bodiesOf(section.contents);
    const others = donor.filter(({ id }) => id === CODE).flatMap(({ contents }) => bodiesOf(contents));
    if (bodies.length > 0) {
      const index = random.below(bodies.length);
      bodies[index] = others.length > 0 && random.below(6) === 0 ? random.pick(others) : damage(bodies[index]!, random);
    }
    return { id: CODE, contents: join([u32(bodies.length), ...bodies.flatMap((body) => [size(body.length, random), body])]) };
  });
}

/** A damaged form of `bytes`; `donor` may lend sections and bodies. */
export function mutate(bytes: Uint8Array, donor: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let mutated = Uint8Array.from(bytes);
  for (let rounds = 1 + random.below(3); rounds > 0; rounds--) {
    const sections = takeApart(mutated);
    switch (random.below(10)) {
      case 0:
        mutated = damage(mutated, random);
        break;
      case 1:
        mutated = random.below(4) === 0 ? mutated.slice(0, random.below(mutated.length)) : damage(mutated, random);
        break;
      case 2: {
        // Swap, drop, double, lend.
        const index = random.below(sections.length);
        const other = random.below(sections.length);
        const [a, b] = [sections[index], sections[other]];
        const donors = takeApart(donor);
        if (a !== undefined && b !== undefined) {
          switch (random.below(4)) {
            case 0: sections[index] = b; sections[other] = a; break;
            case 1: sections.splice(index, 1); break;
            case 2: sections.splice(other, 0, a); break;
            default: if (donors.length > 0) sections[index] = random.pick(donors);
          }
        }
        mutated = putTogether(sections, random);
        break;
      }
      case 3: {
        const index = random.below(sections.length);
        const names = ["", "name", "metadata.code.branch_hint", "x"];
        const text = new TextEncoder().encode(random.pick(names));
        sections.splice(index, 0, { id: 0, contents: join([u32(text.length), text, damage(Uint8Array.of(1, 0, 1, 2, 1, 0), random)]) });
        mutated = putTogether(sections, random);
        break;
      }
      case 4:
      case 5:
      case 6: {
        const index = random.below(sections.length);
        const section = sections[index];
        if (section !== undefined) sections[index] = { id: section.id, contents: damage(section.contents, random) };
        mutated = putTogether(sections, random);
        break;
      }
      default:
        mutated = putTogether(mutateBody(sections, takeApart(donor), random), random);
    }
  }
  return mutated;
}
