import assert from "node:assert/strict";
import { test } from "node:test";
import { holeScores, sizesScores } from "../../scripts/score/truth.ts";

for (const { name, score } of [
  {
    name: "a graph that was traced at a third size is right, or gives way to one that is",
    score: sizesScores,
  },
  { name: "no run is wrong without a guard that stops it", score: holeScores },
]) {
  test(name, async context => {
    const scores = await score(1);
    if (!scores) return context.skip("PyTorch's numbers for real models are not at hand");
    const wrong = scores.scores.filter(({ reason }) => reason !== null);
    assert.deepEqual(
      wrong.map(({ name, reason }) => `${name}: ${reason}`),
      [],
    );
  });
}
