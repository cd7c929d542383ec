import assert from "node:assert/strict";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { formulaText } from "../../../src/extension/python/formula-text.ts";
import { explanation, links, numbers, shapes } from "../../../src/extension/python/hover-text.ts";
import { pictureUri } from "../../../src/extension/python/picture.ts";
import { component, components } from "../../../src/shared/catalogue/index.ts";

test("every formula of the catalogue becomes plain text", () => {
  for (const { id, formula } of components) {
    const text = formulaText(formula);
    assert.doesNotMatch(text, /\\|operatorname|mathrm|\bfrac\b/, id);
    assert.equal(text, text.trim(), id);
    assert.ok(text.length > 3, id);
  }
});

test("fractions, roots, scripts and named operators read as people write them", () => {
  const attention = component("self-attention").formula;
  assert.equal(formulaText(attention), "Attention(Q, K, V) = softmax(QKᵀ / √dₖ) V");
  assert.equal(formulaText(String.raw`-\frac{1}{n}\sum_i x_i^2`), "−(1 / n) Σᵢ xᵢ²");
  assert.equal(formulaText(String.raw`\operatorname*{arg\,max}_{a} \sin\theta`), "arg max_a sin θ");
});

/** Pixels of the PNG in a picture, which has no filters. */
function pixels(uri: string): { width: number; height: number; at(x: number, y: number): number[] } {
  const svg = Buffer.from(uri.slice(uri.indexOf(",") + 1), "base64").toString();
  assert.match(svg, /^<svg [^>]*width="96" height="24">.*image-rendering:pixelated/);
  const bytes = Buffer.from(/href="data:image\/png;base64,([^"]+)"/.exec(svg)![1]!, "base64");
  assert.equal(bytes.toString("latin1", 1, 4), "PNG");
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  const start = bytes.indexOf("IDAT");
  const data = inflateSync(bytes.subarray(start + 4, start + 4 + bytes.readUInt32BE(start - 4)));
  return {
    width,
    height,
    at: (x, y) => [...data.subarray(y * (width * 4 + 1) + 1 + x * 4).subarray(0, 4)],
  };
}

test("a picture has one pixel a cell, and zero is see-through", () => {
  const picture = { rows: 1, columns: 3, data: Float32Array.of(-1, 0, 1) };
  const image = pixels(pictureUri(picture, { min: -1 }));
  assert.deepEqual([image.width, image.height], [3, 1]);
  const [negative, zero, positive] = [0, 1, 2].map(x => image.at(x, 0));
  assert.equal(zero![3], 0);
  assert.equal(negative![3], 255);
  assert.ok(negative![2]! > negative![0]!, "negative is blue");
  assert.ok(positive![0]! > positive![2]!, "positive is orange");
});

test("values that are never negative have one hue, and what is not finite is left out", () => {
  const picture = { rows: 2, columns: 1, data: Float32Array.of(0.5, Number.NaN) };
  const image = pixels(pictureUri(picture, { min: 0 }));
  const [red, , blue, alpha] = image.at(0, 0);
  assert.ok(blue! > red! && alpha! > 0);
  assert.equal(image.at(0, 1)[3], 0);
});

test("before a run: name, formula, explanation", () => {
  const text = explanation(component("rms-norm"), words => words.ko);
  assert.match(text, /^\*\*RMS 정규화\*\* RMSNorm/);
  assert.match(text, /`RMSNorm\(x\) = /);
});

test("after a run: shape with named dimensions and type, statistics, the picture, and the layer", () => {
  const text = numbers({
    name: "attn_weights",
    module: "model.layers.0.self_attn",
    model: "LlamaForCausalLM",
    component: "self-attention",
    shape: [
      { name: "heads", size: 9 },
      { name: "query", size: 12 },
      { name: "", size: 12 },
    ],
    summary: {
      dtype: "float32",
      shape: [1, 9, 12, 12],
      statistics: { mean: 0.0833, std: 0.21, min: 0, max: 1, count: 1296, zeros: 660, notFinite: 2 },
      picture: { rows: 1, columns: 1, data: Float32Array.of(1) },
    },
  });
  const [shape, statistics, picture, where] = text.split("\n\n");
  assert.equal(shape, "**attn\\_weights** heads 9 × query 12 × 12 · float32");
  assert.equal(
    statistics!.replaceAll("\\", ""),
    "mean 0.0833 ± 0.210 · min 0 · max 1.00 · 660 zero · 2 not finite",
  );
  assert.match(
    picture!,
    /^!\[Picture of attn\\_weights\]\(data:image\/svg\+xml;base64,[\w+/=]+\|width=96,height=24\)$/,
  );
  assert.equal(where!.replaceAll("\\", ""), "Layer 0 · model.layers.0.self_attn");
});

test("before a run, of a traced source: name, shape and type, then how they came about", () => {
  const value = {
    name: "self.q",
    shape: "(batch, 4, sequence)",
    dtype: "float32",
    notes: ["blocks.0", "GPT(cfg)"],
  };
  const text = shapes(value);
  assert.equal(text.replaceAll("\\", ""), "**self.q** (batch, 4, sequence) · float32\n\nblocks.0 · GPT(cfg)");
});

test("a link carries its argument", () => {
  const argument = { file: "/a b/x).py", class: "A" };
  const row = links([{ title: "Run [live]", command: "papertrace.runLive", argument }]);
  const [, title, query] = /^\[(.+)\]\(command:papertrace\.runLive\?([^()]+)\)$/.exec(row)!;
  assert.equal(title, "Run \\[live\\]");
  assert.deepEqual(JSON.parse(decodeURIComponent(query!)), [argument]);
});
