import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import { forward as forwardOf } from "../../support/forward-lines.ts";
import { tracerCacheDirectory } from "../../support/paths.ts";

const live = new Live({ cacheDirectory: tracerCacheDirectory() });
after(() => live.dispose());

const SEVERAL = [1, 2, 2];
const ONE = [1, 1, 2];

/** What a forward of these lines gives for an x of these sizes that counts from 1. */
const forward = (lines: readonly string[], ...cases: (readonly number[])[]) =>
  forwardOf(live, lines, ...cases);

/** What a forward of this expression gives of bad = [[[1, NaN], [3, 4]]]. */
async function ofBad(expression: string): Promise<number[]> {
  const lines = ["F = nn.functional", "bad = torch.where(x == 2, float('nan'), x)", `return ${expression}`];
  return (await forward(lines, SEVERAL))[0]!;
}

test("NaN is the greatest and the least, and its place the place of both", async () => {
  for (const values of [
    "bad.amax(-1)",
    "bad.max(-1)[0]",
    "F.adaptive_max_pool1d(bad, 1)",
    "F.max_pool1d(bad, 2)",
  ])
    assert.deepEqual(await ofBad(values), [Number.NaN, 4], values);
  assert.deepEqual(await ofBad("bad.amin(-1)"), [Number.NaN, 3]);
  assert.deepEqual(await ofBad("bad.max()"), [Number.NaN]);
  for (const places of ["bad.argmax(-1)", "bad.max(-1)[1]"]) assert.deepEqual(await ofBad(places), [1, 1]);
  for (const places of ["bad.argmin(-1)", "bad.min(-1)[1]"]) assert.deepEqual(await ofBad(places), [1, 0]);
  assert.deepEqual(await ofBad("bad.argmin()"), [1]);
});

test("NaN is sorted behind everything, and is the median of what has it", async () => {
  assert.deepEqual(await ofBad("bad.flatten().sort()[0]"), [1, 3, 4, Number.NaN]);
  assert.deepEqual(await ofBad("bad.flatten().argsort(descending=True)"), [1, 3, 2, 0]);
  assert.deepEqual(await ofBad("bad.topk(1)[0]"), [Number.NaN, 4]);
  assert.deepEqual(await ofBad("bad.median(-1)[0]"), [Number.NaN, 3]);
  assert.deepEqual(await ofBad("bad.median(-1)[1]"), [1, 0]);
  assert.deepEqual(await ofBad("bad.median()"), [Number.NaN]);
  assert.deepEqual(await ofBad("bad.nanmedian()"), [3]);
});

test("NaN goes through activations that have a threshold", async () => {
  assert.deepEqual(await ofBad("F.threshold(bad, 1, 7)"), [7, Number.NaN, 3, 4]);
  assert.deepEqual(await ofBad("F.hardshrink(bad, 3)"), [0, Number.NaN, 0, 4]);
  assert.deepEqual(await ofBad("F.relu6(bad) + bad.clamp(min=0)"), [2, Number.NaN, 6, 8]);
});

test("NaN comes through what is scattered and pooled; −∞ has its place in a window", async () => {
  const first = "torch.zeros(1, 2, 2, dtype=torch.long)";
  assert.deepEqual(await ofBad(`x.scatter_reduce(2, ${first}, bad, 'amax')`), [Number.NaN, 2, 4, 4]);
  assert.deepEqual(await ofBad(`x.scatter_reduce(2, ${first}, bad, 'amin')`), [Number.NaN, 2, 3, 4]);
  assert.deepEqual(await ofBad("F.lp_pool1d(bad, 1, 2)"), [Number.NaN, 7]);
  assert.deepEqual(await ofBad("F.lp_pool1d(-bad, float('inf'), 2)"), [Number.NaN, 4]);
  const pooled = "F.max_pool1d(torch.where(x > 2, x, -float('inf')), 2, 1, 1, return_indices=True)";
  assert.deepEqual(await ofBad(`${pooled}[0]`), [-Infinity, -Infinity, -Infinity, 3, 4, 4]);
  assert.deepEqual(await ofBad(`${pooled}[1]`), [0, 0, 1, 0, 1, 1]);
});

test("numbers that are asked for while tracing are PyTorch's where NaN and ∞ are among them", async () => {
  const lines = [
    "c = torch.tensor([1.0, float('nan'), 3.0, float('inf')])",
    "found = [c.argmax().item(), c.sort()[1][3].item(), c.topk(2)[1][1].item()]",
    "found.append(2 if c.max() > 2 else 3)",
    "found.append((-c).floor()[3].item())",
    "found.append((c // 0)[0].item())",
    "return x.sum() * 0 + torch.tensor(found)",
  ];
  assert.deepEqual(await forward(lines, ONE), [[1, 1, 3, 3, -Infinity, Infinity]]);
});

test("of what a mask chooses there is an extreme only where it chooses something", async () => {
  for (const [name, extreme] of [
    ["max", 4],
    ["amin", 3],
    ["argmax", 1],
  ] as const) {
    const lines = [`return x[x > 2].${name}()`];
    assert.deepEqual(await forward(lines, SEVERAL), [[extreme]]);
    await assert.rejects(
      forward(lines, ONE),
      new RegExp(`unsaved\\.py:5: .*${name}\\(\\): Expected reduction dim to be specified`),
    );
  }
  await assert.rejects(
    forward(["return (x > 2).nonzero().max(0)[0]"], ONE),
    /unsaved\.py:5: .*max\(\): Expected reduction dim 0 to have non-zero size/,
  );
});

test("powers and shifts of integers wrap around", async () => {
  const ids = "ids = x.long().flatten()";
  // Without the last bits, so that a double holds it exactly.
  const wrapped = (...powers: bigint[]) => powers.map(power => Number(BigInt.asIntN(64, power) >> 11n));
  assert.deepEqual(await forward([ids, "return (ids * 10) ** 20 >> 11"], ONE), [
    wrapped(10n ** 20n, 20n ** 20n),
  ]);
  assert.deepEqual(await forward([ids, "return 3 ** (ids + 39) >> 11"], ONE), [
    wrapped(3n ** 40n, 3n ** 41n),
  ]);
  assert.deepEqual(await forward([ids, "return (1 << (ids + 62)) >> 63"], ONE), [[-1, 0]]);
  assert.deepEqual(await forward([ids, "return -ids >> 70"], ONE), [[-1, -1]]);
});

test("integers that no double holds are computed with as they are written", async () => {
  const large = 6289078614652622815n;
  const lines = ["ids = x.long().flatten()", `return (ids * ${large}) % 1007`];
  const rest = (n: bigint) => Number(((BigInt.asIntN(64, n) % 1007n) + 1007n) % 1007n);
  assert.deepEqual(await forward(lines, ONE), [[rest(large), rest(2n * large)]]);
});

test("integers are not divided by 0, reals are", async () => {
  const ids = "ids = x.long().flatten()";
  for (const quotient of ["ids // 0", "ids % 0", "torch.fmod(ids, 0)", "7 // torch.tensor([0, 1])"])
    await assert.rejects(
      forward([ids, `return ${quotient}`], ONE),
      /unsaved\.py:6: ZeroDivisionError: .* divides integers by 0/,
    );
  await assert.rejects(forward([ids, "return ids // (ids - 1)"], ONE), /unsaved\.py:6: .*by zero/);
  assert.deepEqual(await forward(["return torch.stack([-x // 0, x // float('-inf')])"], ONE), [
    [-Infinity, -Infinity, -1, -1],
  ]);
  assert.deepEqual(await forward(["return torch.fmod(-x, float('inf'))"], ONE), [[-1, -2]]);
});
