import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { dequantised, type GgufType, READ_GGUF_TYPES } from "../../../src/runtime/models/gguf-types.ts";
import { KEPT_TYPES } from "../../../src/runtime/models/quants.ts";
import { fixturesDirectory } from "../../support/paths.ts";

type Blocks = Readonly<Record<string, { readonly blocks: string; readonly values: string }>>;

const fixture = JSON.parse(readFileSync(join(fixturesDirectory("gguf"), "blocks.json"), "utf8")) as Blocks;

function read(type: GgufType): { source: Uint8Array; expected: Float32Array } {
  const { blocks, values } = fixture[type]!;
  return {
    source: Buffer.from(blocks, "base64"),
    expected: new Float32Array(Uint8Array.from(Buffer.from(values, "base64")).buffer),
  };
}

describe("element types of GGUF", () => {
  it("are covered by random blocks, each of them", () => {
    assert.deepEqual(Object.keys(fixture).sort(), [...READ_GGUF_TYPES].sort());
  });

  for (const type of READ_GGUF_TYPES) {
    it(`${type} is read as gguf-py reads it, to the last bit`, () => {
      const { source, expected } = read(type);
      assert.ok(expected.length >= 64 && expected.some(value => value !== 0));
      const values = dequantised(type, source);
      assert.deepEqual(new Uint32Array(values.buffer), new Uint32Array(expected.buffer));
    });
  }

  for (const [type, { kind, unpack }] of Object.entries(KEPT_TYPES)) {
    it(`${type} keeps every weight in the layout of few bits`, () => {
      const { source, expected } = read(type as GgufType);
      const parts = unpack(source, expected.length);
      const values = kind === "q4_1" ? fourBitValues(parts) : eightBitValues(parts);
      assert.equal(values.length, expected.length);
      for (const [i, value] of values.entries()) {
        // the offset is rounded once, to float32
        const size = Math.max(Math.abs(parts.scales![i >> 5]! * 15), Math.abs(parts.offsets?.[i >> 5] ?? 0));
        assert.ok(Math.abs(value - expected[i]!) <= size * 2 ** -23, `${i}: ${value} for ${expected[i]}`);
      }
    });
  }
});

function nibbles(bytes: ArrayLike<number>): number[] {
  return Array.from({ length: 2 * bytes.length }, (_, i) => (bytes[i >> 1]! >> (i % 2 ? 4 : 0)) & 15);
}

function fourBitValues({ quants, scales, offsets }: Readonly<Record<string, ArrayLike<number>>>): number[] {
  return nibbles(quants!).map((quant, i) => (quant - 8) * scales![i >> 5]! + offsets![i >> 5]!);
}

function eightBitValues(parts: Readonly<Record<string, ArrayLike<number>>>): number[] {
  const [high, low] = [nibbles(parts.high!), nibbles(parts.low!)];
  return Array.from(parts.quants!, (quant, i) => {
    assert.equal(high[i]! * 16 + low[i]!, quant);
    assert.equal(parts.scales16![i >> 5], 16 * parts.scales![i >> 5]!);
    return (quant - 128) * parts.scales![i >> 5]!;
  });
}
