import assert from "node:assert/strict";
import { test } from "node:test";
import type { PanelDocument } from "../../../src/shared/protocol/component.ts";
import { attention, data, figure, LENGTH, PROMPT, panel, STATE } from "../../support/panel-session.ts";

test("attention becomes figures with named sizes, real numbers and source lines", async () => {
  const { show } = panel();
  const document = await show();
  assert.equal(document.status, "live");
  assert.deepEqual(document.modules, [{ path: "layers.0.attn", label: "Layer 0" }]);
  assert.equal(document.state.module, "layers.0.attn");
  const view = attention(document);
  assert.deepEqual(
    view.figures.map(each => each.role),
    ["query", "key", "scores", "scaled", "masked", "weights", "value", "output"],
  );
  assert.equal(view.heads, 4);
  assert.equal(view.keyValueHeads, 2);
  assert.deepEqual(figure(document, "weights").shape, [
    { name: "heads", size: 4 },
    { name: "query", size: LENGTH },
    { name: "key", size: LENGTH },
  ]);
  assert.deepEqual(figure(document, "key").shape[0], { name: "keyValueHeads", size: 2 });
  const place = figure(document, "weights").place!;
  assert.equal(place.text, `line_${place.line}()`);
  assert.deepEqual(
    document.tokens.map(token => token.text),
    PROMPT.split(" "),
  );
});

test("every row of the weights adds up to 1 and the mask hides what comes later", async () => {
  const { show } = panel();
  for (const head of [0, 1, 2, 3]) {
    const document = await show({ ...STATE, head });
    const { data: buffer, rows, columns } = figure(document, "weights");
    const weights = data(buffer);
    const hidden = new Uint8Array(attention(document).hidden!);
    for (let row = 0; row < rows; row++) {
      const slice = weights.subarray(row * columns, (row + 1) * columns);
      assert.ok(Math.abs(slice.reduce((sum, each) => sum + each, 0) - 1) < 1e-6);
      for (let column = 0; column < columns; column++)
        assert.equal(hidden[row * columns + column], column > row ? 1 : 0);
    }
  }
});

test("scores are the dot products of the query and key rows that are shown, shared heads and all", async () => {
  const document = await panel().show({ ...STATE, head: 3 });
  const [query, key, scores] = (["query", "key", "scores"] as const).map(role => figure(document, role));
  const [q, k, s] = [data(query!.data), data(key!.data), data(scores!.data)];
  const width = query!.columns;
  for (let row = 0; row < LENGTH; row++)
    for (let column = 0; column < LENGTH; column++) {
      let dot = 0;
      for (let i = 0; i < width; i++) dot += q[row * width + i]! * k[column * width + i]!;
      assert.ok(Math.abs(dot - s[row * LENGTH + column]!) < 1e-4);
    }
});

test("statistics leave out what the mask hides", async () => {
  const document = await panel().show();
  const { statistics } = figure(document, "masked");
  assert.ok(statistics.min > -1e3);
  assert.equal(statistics.count, (4 * LENGTH * (LENGTH + 1)) / 2);
});

test("a head that is switched off: its output is zero, the effect is measured, what was before is kept", async () => {
  const { show, opened } = panel();
  const before = await show({ ...STATE, head: 2 });
  const output = figure(before, "output");
  const ablation = {
    value: output.value,
    selector: { axes: [{ axis: output.headAxis!, index: 2 }] },
    operation: { kind: "zero" as const },
  };
  const after = await show({ ...before.state, interventions: [ablation] });
  assert.deepEqual(attention(after).ablated, [2]);
  const now = figure(after, "output");
  assert.ok(data(now.data).every(each => each === 0));
  assert.deepEqual(now.previous, output.data);
  assert.equal(figure(after, "weights").previous, null);
  const effect = after.effect!;
  assert.equal(effect.change, "intervention");
  // The last one shown gives way to a token that is likeliest only now.
  assert.deepEqual(effect.before.slice(0, -1), before.effect!.before.slice(0, -1));
  assert.deepEqual(
    effect.before.map(each => each.id),
    effect.after!.map(each => each.id),
  );
  assert.ok(effect.totalVariation! > 0 && effect.totalVariation! < 1);
  assert.equal(opened.length, 1);
  assert.equal(opened[0]!.runs, 2);
});

test("lifting the mask lets every token look at every other", async () => {
  const { show } = panel();
  const before = await show();
  const after = await show({ ...before.state, interventions: [attention(before).maskLift!] });
  assert.equal(attention(after).hidden, null);
  assert.ok(data(figure(after, "weights").data).every(weight => weight > 0));
  // The last token saw everything before too, and this model has one layer: nothing leaks into its prediction.
  assert.equal(after.effect!.totalVariation, 0);
});

test("a factor on what the softmax is given is a temperature", async () => {
  const { show } = panel();
  const before = await show();
  const { softmaxInput } = attention(before);
  const factor = 0.25;
  const after = await show({
    ...before.state,
    interventions: [{ value: softmaxInput, selector: { axes: [] }, operation: { kind: "scale", factor } }],
  });
  const last = (document: PanelDocument) => data(figure(document, "weights").data).subarray(-LENGTH);
  assert.ok(Math.max(...last(after)) < Math.max(...last(before)));
  const [scores, weights] = [data(figure(before, "masked").data).subarray(-LENGTH), last(after)];
  const exponentials = Array.from(scores, score => Math.exp(score * factor));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  for (const [i, each] of exponentials.entries()) assert.ok(Math.abs(each / sum - weights[i]!) < 1e-5);
});

test("of another head, only its numbers are asked for: the model does not run again", async () => {
  const { show, opened } = panel();
  const first = await show();
  const second = await show({ ...first.state, head: 3 });
  assert.deepEqual([opened[0]!.runs, opened[0]!.looks], [1, 1]);
  assert.equal(attention(second).head, 3);
  assert.notDeepEqual(figure(second, "weights").data, figure(first, "weights").data);
  assert.deepEqual(attention(second).thumbnails, attention(first).thumbnails);
  assert.deepEqual(second.effect, first.effect);
  const beyond = await show({ ...first.state, head: 9 });
  assert.equal(beyond.state.head, 3);
});

test("one head travels, with every head small", async () => {
  const document = await panel().show();
  for (const { data: cells, rows, columns } of attention(document).figures)
    assert.equal(cells.byteLength, rows * columns * 4);
  const { thumbnails, heads, hidden } = attention(document);
  assert.equal(hidden!.byteLength, LENGTH * LENGTH);
  assert.equal(thumbnails.data.byteLength, heads * LENGTH * LENGTH * 4);
  const weights = data(figure(document, "weights").data);
  const small = data(thumbnails.data).subarray(0, LENGTH * LENGTH);
  for (const [i, each] of small.entries()) {
    if (new Uint8Array(hidden!)[i] === 1) assert.ok(Number.isNaN(each));
    else assert.equal(each, weights[i]);
  }
});
