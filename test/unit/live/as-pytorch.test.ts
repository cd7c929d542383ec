import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import { forward as forwardOf } from "../../support/forward-lines.ts";
import { tracerCacheDirectory } from "../../support/paths.ts";

const live = new Live({ cacheDirectory: tracerCacheDirectory() });
after(() => live.dispose());

/** What a forward of these lines gives for an x of these sizes that counts from 1. */
const forward = (lines: readonly string[], ...cases: (readonly number[])[]) =>
  forwardOf(live, lines, ...cases);

const [SEVERAL, ONE] = [
  [1, 2, 2],
  [1, 1, 2],
];

test("what torch copies for its layout is written by itself, and what it does not copy is not", async () => {
  for (const copy of [
    "a.transpose(1, 2).contiguous()",
    "a.transpose(1, 2).reshape(a.shape[0], -1)",
    "a.mT.flatten(1)",
    "a.mT.contiguous()",
  ]) {
    const lines = ["a = x + 0", `copy = ${copy}`, "copy.zero_()", "return a"];
    // A single row is no other in another layout, so that torch has no need to copy it.
    assert.deepEqual(await forward(lines, SEVERAL!, ONE!), [
      [1, 2, 3, 4],
      [0, 0],
    ]);
  }
  const own = ["a = x.clone()", "a.contiguous().flatten(1)[:, 0] = 9", "return a"];
  assert.deepEqual(await forward(own, SEVERAL!), [[9, 2, 3, 4]]);
});

test("what is computed from another order lies in that order, and is copied to lie otherwise", async () => {
  for (const swapped of ["x.mT + 0", "x.mT.clone()", "torch.zeros_like(x.mT) + x.mT"]) {
    const lines = [`a = ${swapped}`, "copy = a.contiguous()", "copy.zero_()", "return a.mT"];
    assert.deepEqual(await forward(lines, SEVERAL!), [[1, 2, 3, 4]], swapped);
  }
  const asked = ["return x.mT if x.mT.is_contiguous() else x + x.stride(1)"];
  assert.deepEqual(await forward(asked, SEVERAL!), [[3, 4, 5, 6]]);
});

test("a copy does not see what is written to the original later", async () => {
  const lines = ["a = x + 0", "copy = a[..., 1:].contiguous()", "a.mul_(10)", "return copy"];
  assert.deepEqual(await forward(lines, SEVERAL!), [[2, 4]]);
});

test("what was written through a view lies where it lay", async () => {
  const lines = [
    "a = x + 0",
    "a.transpose(1, 2)[:, 0] = 7",
    "rows = a.view(a.shape[0], -1)",
    "copy = a.transpose(1, 2).contiguous()",
    "copy.zero_()",
    "rows += 1",
    "return a",
  ];
  assert.deepEqual(await forward(lines, SEVERAL!), [[8, 3, 8, 5]]);
});

test("indices along a dimension are spread over the others", async () => {
  const lines = ["return torch.take_along_dim(x, torch.tensor([[[1, 0, 1]]]), dim=2)"];
  assert.deepEqual(await forward(lines, SEVERAL!), [[2, 1, 2, 4, 3, 4]]);
});

test("the mean and the variance of what a mask chooses are no numbers where it chooses nothing", async () => {
  const lines = ["chosen = x[x > 2]", "return torch.stack([chosen.mean(), chosen.var()])"];
  assert.deepEqual(await forward(lines, [1, 2, 2], [1, 1, 2]), [
    [3.5, 0.5],
    [Number.NaN, Number.NaN],
  ]);
});

test("what would make another function of one is refused, not left out", async () => {
  for (const transform of [
    "torch.vmap",
    "torch.func.grad",
    "torch.func.vmap",
    "torch.autograd.functional.jacobian",
  ])
    await assert.rejects(
      forward([`return ${transform}(lambda row: (row * row).sum())(x)`], SEVERAL!),
      new RegExp(`unsaved\\.py:5: ${transform} is not supported by the tracer`),
    );
});

test("in eval mode, and where nothing is dropped, dropout gives its input back", async () => {
  const lines = [
    "F, drop = nn.functional, nn.Dropout()",
    "drop.training = True",
    "drop.eval(), self.train(self.training)",
    "x = drop(F.dropout(x, 0.5, self.training))",
    "return F.dropout(F.alpha_dropout(x, 0.5), 0.0)",
  ];
  assert.deepEqual(await forward(lines, SEVERAL!), [[1, 2, 3, 4]]);
});

test("functions that count no index from the end are refused one below 0, named with their line", async () => {
  const none = ["index = x[0, :, 0].long() - 1", "wide = index[:, None].expand(x.shape[1:])[None]"];
  const below = ["index = x[0, :, 0].long() - 2", none[1]!];
  for (const [call, operation, result] of [
    ["nn.functional.embedding(index, x[0])", "nn.functional.embedding", [1, 2]],
    ["x.index_select(1, index)", "Tensor.index_select", [1, 2]],
    ["x.gather(1, wide)", "Tensor.gather", [1, 2]],
    ["x.scatter(1, wide, 9.0)", "Tensor.scatter", [9, 9]],
    ["x.index_add(1, index, x)", "Tensor.index_add", [2, 4]],
    ["x.index_copy(1, index, x + 1)", "Tensor.index_copy", [2, 3]],
  ] as const) {
    assert.deepEqual(await forward([...none, `return ${call}`], ONE!), [result]);
    await assert.rejects(
      forward([...below, `return ${call}`], ONE!),
      new RegExp(`unsaved\\.py:7: ${operation} cannot be computed: .*(no entry -1|below 0)`),
    );
  }
});

test("what counts an index from the end still does", async () => {
  const index = "index = x[0, :1, 0].long() - 2";
  for (const [call, result] of [
    ["x[:, index]", [3, 4]],
    ["x.index_fill(1, index, 9.0)", [1, 2, 9, 9]],
    ["torch.take_along_dim(x, index[None, :, None].expand(1, 1, 2), 1)", [3, 4]],
    ["x.take(index)", [4]],
  ] as const)
    assert.deepEqual(await forward([index, `return ${call}`], SEVERAL!), [result]);
});

test("what cannot be done is refused with its operation, line, reason and what to do", async () => {
  const refusals: [string, RegExp][] = [
    ["a.unfold(2, 2, 1).mul_(2)", /:6: What Tensor\.unfold gives cannot be written into: .*clone\(\)/],
    ["a[:1].expand(3, -1, -1)[:] = 2", /:6: What Tensor\.expand gives cannot be written into/],
    ["a.as_strided((2, 2), (1, 1)).add_(1)", /:6: What torch\.as_strided gives cannot be written into/],
    [
      "a = nn.functional.interpolate(a[None], size=(4, 2), mode='bilinear', antialias=True)",
      /:6: nn\.functional\.interpolate cannot be computed: smoothing needs .*give an example image/,
    ],
  ];
  for (const [line, told] of refusals)
    await assert.rejects(forward(["a = x + 0", line, "return a"], SEVERAL!), told);
});

test("places that lie apart are written through their view", async () => {
  const lines = ["a = x + 0", "a.as_strided((2, 1), (2, 1)).zero_()", "return a"];
  assert.deepEqual(await forward(lines, SEVERAL!), [[0, 2, 0, 4]]);
});

test("einsum takes lists of numbers in place of letters", async () => {
  const lines = [
    "pairs = torch.einsum(x, [..., 0, 1], x, [..., 2, 1], [..., 0, 2])",
    "return torch.cat([pairs.flatten(), torch.einsum(x, [2, 30, 1]).flatten()])",
  ];
  assert.deepEqual(await forward(lines, SEVERAL!), [[5, 11, 11, 25, 1, 3, 2, 4]]);
});
