import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "../../../src/runtime/session/generation.ts";
import { createSampler } from "../../../src/runtime/session/sampling.ts";

test("temperature 0 takes the first of the largest and ignores NaN", () => {
  assert.equal(createSampler(0, 1)([NaN, 2, 7, 7]), 2);
});

test("a seed fixes the tokens, and frequencies follow the softmax", () => {
  const draw = (seed: number) => {
    const sample = createSampler(0.5, seed);
    return Array.from({ length: 4000 }, () => sample([0, 1, -Infinity, 0.5]));
  };
  const tokens = draw(7);
  assert.deepEqual(draw(7), tokens);
  assert.notDeepEqual(draw(8), tokens);
  const weights = [1, Math.exp(2), 0, Math.exp(1)];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  weights.forEach((weight, id) => {
    const frequency = tokens.filter(token => token === id).length / tokens.length;
    assert.ok(Math.abs(frequency - weight / total) < 0.03, `${id}: ${frequency}`);
  });
});

test("a cached step is given new ids alone, one without a cache all of them", async () => {
  const given: number[][] = [];
  const run = (cached: boolean) =>
    generate({
      start: [5, 6],
      tokens: 3,
      stop: [],
      cached,
      step: async ids => {
        given.push([...ids]);
        return [0, 0, 1];
      },
      sample: createSampler(0, 0),
      text: null,
      onToken: () => undefined,
      cancelled: () => false,
    });
  await run(true);
  await run(false);
  assert.deepEqual(given, [[5, 6], [2], [2], [5, 6], [5, 6, 2], [5, 6, 2, 2]]);
});

test("a cancelled generation returns what it has", async () => {
  let steps = 0;
  const result = await generate({
    start: [1],
    tokens: 10,
    stop: [],
    cached: true,
    step: async () => {
      steps++;
      return [1, 0];
    },
    sample: createSampler(0, 0),
    text: { push: () => "a", whole: ids => "a".repeat(ids.length) },
    onToken: () => undefined,
    cancelled: () => steps === 2,
  });
  assert.deepEqual(result.tokens, [0, 0]);
  assert.equal(result.text, "aa");
});
