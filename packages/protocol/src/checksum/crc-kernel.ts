/**
 * The inner loop of a reflected CRC, as a WebAssembly module that is put together here, byte by byte: it takes 16 bytes a
 * round, one table for each (slicing-by-16). JavaScript has no 64-bit integers that are fast; what it can do of this is
 * slower than SHA-256 is on a processor with instructions for it, and one sender of checksums would hold up the rest.
 * https://webassembly.github.io/spec/core/binary/index.html
 */

/** Neither the language's types nor Node's have it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** The state after these bytes, from the state before them. Both are without the inversions at start and end. */
export type CrcKernel = (state: bigint, bytes: Uint8Array) => bigint;

interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** State, first byte, end. */
  readonly run: (state: bigint, at: number, end: number) => bigint;
}

const slices = 16;
const tableBytes = 256 * 8;
const tablesBytes = slices * tableBytes;
const pageBytes = 65536;
/** Bytes are copied in before they are read: as many at a time. */
const windowBytes = pageBytes;

/** Of a polynomial of 32 or 64 bits, reflected. One of 32 bits uses the low half of the state. */
export function createCrcKernel(polynomial: bigint): CrcKernel {
  // A module of 300 bytes: compiling it takes too little time for others to notice.
  const { memory, run } = new WebAssembly.Instance(new WebAssembly.Module(crcModule())).exports as KernelExports;
  new BigUint64Array(memory.buffer, 0, slices * 256).set(crcTables(polynomial));
  const window = new Uint8Array(memory.buffer, tablesBytes, windowBytes);
  return (state, bytes) => {
    let now = state;
    for (let from = 0; from < bytes.length; from += windowBytes) {
      const piece = bytes.subarray(from, from + windowBytes);
      window.set(piece);
      now = BigInt.asUintN(64, run(now, tablesBytes, tablesBytes + piece.length));
    }
    return now;
  };
}

/** Table n says what a byte becomes when n zero bytes follow it. */
function crcTables(polynomial: bigint): BigUint64Array {
  const tables = new BigUint64Array(slices * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at += 1) {
    const before = tables[at - 256] ?? 0n;
    tables[at] = (before >> 8n) ^ (tables[Number(before & 255n)] ?? 0n);
  }
  return tables;
}

const valueType = { i32: 0x7f, i64: 0x7e } as const;
const op = {
  block: 0x02,
  loop: 0x03,
  end: 0x0b,
  branch: 0x0c,
  branchIf: 0x0d,
  localGet: 0x20,
  localSet: 0x21,
  i64Load: 0x29,
  i64Load8U: 0x31,
  i32Const: 0x41,
  i64Const: 0x42,
  i32GtU: 0x4b,
  i32GeU: 0x4f,
  i32Add: 0x6a,
  i32And: 0x71,
  i32Shl: 0x74,
  i64Xor: 0x85,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
} as const;
const magicAndVersion = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const noResult = 0x40;
const unaligned = 0;
const aligned8 = 3;

/** Parameters, then locals. */
const [state, at, end, word] = [0, 1, 2, 3];
const get = (local: number): readonly number[] => [op.localGet, local];
const set = (local: number): readonly number[] => [op.localSet, local];

/** An entry of a table, found by the byte of `word` at this place. */
function lookUp(table: number, place: number): readonly number[] {
  return [
    ...get(word),
    ...(place === 0 ? [] : [op.i64Const, ...signed(8 * place), op.i64ShrU]),
    op.i32WrapI64,
    op.i32Const,
    ...signed(255),
    op.i32And,
    op.i32Const,
    3,
    op.i32Shl,
    op.i64Load,
    aligned8,
    ...unsigned(table * tableBytes),
  ];
}

/** Eight bytes of the round; only the first word carries the state. */
function takeWord(offset: number): readonly number[] {
  const carried = offset === 0 ? [...get(state), op.i64Xor] : [];
  const places = Array.from({ length: 8 }, (_, place) => [
    ...lookUp(slices - 1 - offset - place, place),
    ...(offset + place === 0 ? [] : [op.i64Xor]),
  ]);
  return [...get(at), op.i64Load, unaligned, ...unsigned(offset), ...carried, ...set(word), ...places.flat()];
}

const advance = (bytes: number): readonly number[] => [
  ...get(at),
  op.i32Const,
  ...signed(bytes),
  op.i32Add,
  ...set(at),
];

const round = [...takeWord(0), ...takeWord(8), ...set(state), ...advance(slices)];

/** What is left after the last whole round. */
const oneByte = [
  ...get(at),
  op.i64Load8U,
  unaligned,
  0,
  ...get(state),
  op.i64Xor,
  ...set(word),
  ...lookUp(0, 0),
  ...get(state),
  op.i64Const,
  8,
  op.i64ShrU,
  op.i64Xor,
  ...set(state),
  ...advance(1),
];

/** Repeats the body until the condition that stops it holds. */
function until(stop: readonly number[], body: readonly number[]): readonly number[] {
  const again = [op.branch, 0];
  return [op.block, noResult, op.loop, noResult, ...stop, op.branchIf, 1, ...body, ...again, op.end, op.end];
}

function crcModule(): Uint8Array {
  const lessThanRound = [...get(at), op.i32Const, slices, op.i32Add, ...get(end), op.i32GtU];
  const code = [
    ...until(lessThanRound, round),
    ...until([...get(at), ...get(end), op.i32GeU], oneByte),
    ...get(state),
    op.end,
  ];
  const body = [1, 1, valueType.i64, ...code];
  const parameters = [3, valueType.i64, valueType.i32, valueType.i32];
  const pages = Math.ceil((tablesBytes + windowBytes) / pageBytes);
  return Uint8Array.from([
    ...magicAndVersion,
    ...section(1, [1, 0x60, ...parameters, 1, valueType.i64]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, pages]),
    ...section(7, [2, ...name("memory"), 2, 0, ...name("run"), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

function section(id: number, content: readonly number[]): readonly number[] {
  return [id, ...unsigned(content.length), ...content];
}

function name(text: string): readonly number[] {
  return [text.length, ...Buffer.from(text)];
}

/** LEB128. */
function unsigned(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: number): readonly number[] {
  return value < 64 ? [value] : [(value & 127) | 128, ...signed(value >>> 7)];
}
