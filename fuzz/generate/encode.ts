/**
 * A `ModuleTree` as bytes. Shares no code with the decoder or the translator, so that a
 * mistake there is not made twice.
 *
 * Spec: core binary/modules, binary/instructions; legacy exceptions.
 */
import type { BlockType, Instr, Limits, ModuleTree, TableType, TypeDef, ValType } from "./syntax.ts";

export function u32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest === 0 ? low : low + 128);
  } while (rest > 0);
  return bytes;
}

export function s64(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 127n);
    rest >>= 7n;
    if ((rest === 0n && low < 64) || (rest === -1n && low >= 64)) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low + 128);
  }
}

export function name(text: string): number[] {
  const bytes = [...new TextEncoder().encode(text)];
  return [...u32(bytes.length), ...bytes];
}

function vector(items: readonly (readonly number[])[]): number[] {
  const bytes = u32(items.length);
  for (const item of items) push(bytes, item);
  return bytes;
}

/** `target.push(...items)` without the limit on arguments. */
function push(target: number[], items: readonly number[]): void {
  for (const item of items) target.push(item);
}

function section(id: number, contents: readonly number[]): number[] {
  return [id, ...u32(contents.length), ...contents];
}

function optionalSection(id: number, items: readonly (readonly number[])[]): number[] {
  return items.length === 0 ? [] : section(id, vector(items));
}

function typeDef(def: TypeDef): number[] {
  switch (def.kind) {
    case "func":
      return [0x60, ...vector(def.params.map(({ code }) => code)), ...vector(def.results.map(({ code }) => code))];
    case "struct": {
      const comp = [0x5f, ...vector(def.fields.map(({ code }) => [...code, 1]))];
      return def.supertype === undefined ? [0x50, 0, ...comp] : [0x50, 1, ...u32(def.supertype), ...comp];
    }
    case "array":
      return [0x5e, ...def.element.code, 1];
  }
}

function limits({ min, max, wide, shared }: Limits): number[] {
  const flags = (max === undefined ? 0 : 1) | (shared ? 2 : 0) | (wide ? 4 : 0);
  return [flags, ...u32(min), ...(max === undefined ? [] : u32(max))];
}

function tableType(type: TableType): number[] {
  return [...type.element.code, ...limits(type)];
}

function blockType(type: BlockType): number[] {
  if (type === undefined) return [0x40];
  return typeof type === "number" ? s64(BigInt(type)) : [...type.code];
}

function instructions(out: number[], body: readonly Instr[]): void {
  for (const instr of body) instruction(out, instr);
}

function instruction(out: number[], instr: Instr): void {
  switch (instr.kind) {
    case "plain":
      push(out, instr.bytes);
      return;
    case "block":
    case "loop":
      out.push(instr.kind === "block" ? 0x02 : 0x03, ...blockType(instr.type));
      instructions(out, instr.body);
      break;
    case "if":
      out.push(0x04, ...blockType(instr.type));
      instructions(out, instr.yes);
      if (instr.no !== undefined) {
        out.push(0x05);
        instructions(out, instr.no);
      }
      break;
    case "tryTable":
      out.push(0x1f, ...blockType(instr.type), ...vector(instr.catches.map(({ kind, tag, label }) => (kind < 2 ? [kind, ...u32(tag), ...u32(label)] : [kind, ...u32(label)]))));
      instructions(out, instr.body);
      break;
    case "try":
      out.push(0x06, ...blockType(instr.type));
      instructions(out, instr.body);
      for (const handler of instr.handlers) {
        out.push(0x07, ...u32(handler.tag));
        instructions(out, handler.body);
      }
      if (instr.all !== undefined) {
        out.push(0x19);
        instructions(out, instr.all);
      }
      break;
    case "delegate":
      out.push(0x06, ...blockType(instr.type));
      instructions(out, instr.body);
      out.push(0x18, ...u32(instr.label));
      return;
  }
  out.push(0x0b);
}

function expression(body: readonly Instr[]): number[] {
  const out: number[] = [];
  instructions(out, body);
  out.push(0x0b);
  return out;
}

function localRuns(locals: readonly ValType[]): number[] {
  const runs: { count: number; readonly type: ValType }[] = [];
  for (const local of locals) {
    const last = runs.at(-1);
    if (last?.type.name === local.name) last.count++;
    else runs.push({ count: 1, type: local });
  }
  return vector(runs.map(({ count, type }) => [...u32(count), ...type.code]));
}

const KINDS = { func: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

export function encodeModule(module: ModuleTree): Uint8Array<ArrayBuffer> {
  const types = module.types.map(typeDef);
  const bytes: number[] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  push(bytes, module.grouped && types.length > 0 ? section(1, [1, 0x4e, ...vector(types)]) : optionalSection(1, types));
  push(bytes, optionalSection(2, module.imports.map((entry) => {
    const head = [...name("env"), ...name(entry.name), KINDS[entry.type.kind]];
    switch (entry.type.kind) {
      case "func":
        return [...head, ...u32(entry.type.type)];
      case "memory":
        return [...head, ...limits(entry.type.type)];
      case "table":
        return [...head, ...tableType(entry.type.type)];
      case "global":
        return [...head, ...entry.type.type.type.code, entry.type.type.mutable ? 1 : 0];
    }
  })));
  push(bytes, optionalSection(3, module.funcs.map(({ type }) => u32(type))));
  push(bytes, optionalSection(4, module.tables.map(tableType)));
  push(bytes, optionalSection(5, module.memories.map(limits)));
  push(bytes, optionalSection(13, module.tags.map((type) => [0, ...u32(type)])));
  push(bytes, optionalSection(6, module.globals.map(({ type, mutable, init }) => [...type.code, mutable ? 1 : 0, ...expression(init)])));
  push(bytes, optionalSection(7, module.exports.map((entry) => [...name(entry.name), KINDS[entry.kind], ...u32(entry.index)])));
  if (module.start !== undefined) push(bytes, section(8, u32(module.start)));
  push(bytes, optionalSection(9, module.elems.map(({ mode, table, offset, funcs }) => {
    const items = vector(funcs.map(u32));
    switch (mode) {
      case "active":
        return table === 0 ? [0, ...expression(offset), ...items] : [2, ...u32(table), ...expression(offset), 0, ...items];
      case "passive":
        return [1, 0, ...items];
      case "declarative":
        return [3, 0, ...items];
    }
  })));
  if (module.datas.length > 0) push(bytes, section(12, u32(module.datas.length)));
  push(bytes, optionalSection(10, module.funcs.map(({ locals, body }) => {
    const code = [...localRuns(locals)];
    push(code, expression(body));
    return [...u32(code.length), ...code];
  })));
  push(bytes, optionalSection(11, module.datas.map(({ mode, memory, offset, bytes: data }) => {
    const items = [...u32(data.length), ...data];
    if (mode === "passive") return [1, ...items];
    return memory === 0 ? [0, ...expression(offset), ...items] : [2, ...u32(memory), ...expression(offset), ...items];
  })));
  return Uint8Array.from(bytes);
}
