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

test("attention sees a key of zeros, and keys that are given", async () => {
  const attention = (options: string, given = "None") => [
    "one = torch.eye(2)",
    "attend = nn.functional.multi_head_attention_forward",
    `given = ${given}`,
    "y = x.transpose(0, 1)",
    `return attend(y, y, y, 2, 1, one.repeat(3, 1), None, None, None, ${options}, one, None, False, static_v=given)[0]`,
  ];
  // Of a single key that is seen, half or less is taken where a key of zeros is seen too.
  const [plain] = await forward(attention("False, 0.0"), ONE!);
  assert.deepEqual(plain, [1, 2]);
  const [withZero] = await forward(attention("True, 0.0"), ONE!);
  const share = 1 / (1 + Math.exp(-5 / Math.SQRT2));
  assert.deepEqual(
    withZero!.map(value => value.toFixed(5)),
    [share, 2 * share].map(value => value.toFixed(5)),
  );
  const [given] = await forward(
    attention("False, 0.0", "torch.tensor([[[7.0, 9.0]]]).repeat(x.shape[0], x.shape[1], 1)"),
    ONE!,
  );
  assert.deepEqual(given, [7, 9]);
});

test("a transposed convolution has the output size that it is given", async () => {
  const lines = (size: string) => [
    "spread = nn.ConvTranspose1d(2, 1, 1, stride=3, bias=False)",
    "spread.weight.data = torch.ones(2, 1, 1)",
    `return spread(x.transpose(1, 2), output_size=${size})`,
  ];
  assert.deepEqual(await forward(lines("[x.shape[1] * 3 - 1]"), SEVERAL!), [[3, 0, 0, 7, 0]]);
  assert.deepEqual(await forward(lines("None"), SEVERAL!), [[3, 0, 0, 7]]);
  await assert.rejects(
    forward(lines("[x.shape[1] * 3 + 1]"), SEVERAL!),
    /unsaved\.py:7: .*valid sizes range from .* to /,
  );
});

test("what is infinite is close to itself, what is no number only where it is said to be", async () => {
  const lines = [
    "some = torch.tensor([1.0, float('inf'), -float('inf')])",
    "none = torch.tensor([1.0, float('nan')])",
    "close = [torch.allclose(some, some + 0), torch.allclose(some, some.abs())]",
    "close += [torch.allclose(none, none + 0), none.allclose(none + 0, equal_nan=True)]",
    "return x.sum() * 0 + torch.tensor([float(each) for each in close])",
  ];
  assert.deepEqual(await forward(lines, SEVERAL!), [[1, 0, 0, 1]]);
});

test("a diagonal is filled in every dimension, and again below where it wraps", async () => {
  const wrapped = "torch.zeros(5, 2).fill_diagonal_(1, wrap=True)";
  assert.deepEqual(await forward([`return ${wrapped} + x.sum() * 0`], SEVERAL!), [
    [1, 0, 0, 1, 0, 0, 1, 0, 0, 1],
  ]);
  const cube = "torch.zeros(2, 2, 2).fill_diagonal_(1)";
  assert.deepEqual(await forward([`return ${cube} + x.sum() * 0`], SEVERAL!), [[1, 0, 0, 0, 0, 0, 0, 1]]);
});

test("losses are weighted, and their mean is that of the weights", async () => {
  const loss = (name: string, more = "") => [
    `return nn.functional.${name}(x, x * 0, weight=x${more}).reshape(-1)`,
  ];
  assert.deepEqual(await forward(loss("mse_loss"), SEVERAL!), [[10]]);
  assert.deepEqual(await forward(loss("l1_loss"), SEVERAL!), [[3]]);
  assert.deepEqual(await forward(loss("mse_loss", ", reduction='sum'"), SEVERAL!), [[100]]);
  assert.deepEqual(await forward(loss("l1_loss", ", reduction='none'"), SEVERAL!), [[1, 4, 9, 16]]);
  const other = ["return nn.functional.mse_loss(x, x * 0, weight=torch.ones(2))"];
  await assert.rejects(
    forward(other, SEVERAL!),
    /unsaved\.py:5: .*Weights and input must have the same size/,
  );
});

test("a system of equations is solved from the right; what is not unpacked is empty", async () => {
  const solved = [
    "a = torch.tensor([[1.0, 2.0], [0.0, 4.0]])",
    "return torch.linalg.solve_ex(a, x, left=False).result + 1",
  ];
  assert.deepEqual(await forward(solved, SEVERAL!), [[2, 1, 4, 0.5]]);
  const unpacked = [
    "factors, pivots = torch.linalg.lu_factor(x[:, :2])",
    "rows, lower, upper = torch.lu_unpack(factors, pivots, unpack_data=False)",
    "return rows.reshape(-1) + lower.numel() + upper.numel()",
  ];
  assert.deepEqual(await forward(unpacked, SEVERAL!), [[0, 1, 1, 0]]);
  await assert.rejects(
    forward(["return torch.linalg.lu(x[:, :2], pivot=False)[2]"], SEVERAL!),
    /unsaved\.py:5: The argument pivot is not supported as False: it has to be True/,
  );
});

test("arguments that are seldom given are heeded", async () => {
  for (const [lines, numbers] of [
    [["place = x.argmax(keepdim=True)", "return place.flatten() + place.ndim"], [6]],
    [
      ["copy = x.to(torch.float32, False, True)", "copy.zero_()", "return x"],
      [1, 2, 3, 4],
    ],
    [
      ["one = nn.BatchNorm1d(2).double()", "return x + (one.running_var.dtype is torch.float64)"],
      [2, 3, 4, 5],
    ],
    [["return nn.Hardtanh(min_value=2, max_value=3)(x)"], [2, 2, 3, 3]],
    [
      ["a = x + 0", "torch.neg(x[:, :1], out=a[:, :1])", "return a"],
      [-1, -2, 3, 4],
    ],
  ] as const)
    assert.deepEqual(await forward(lines, SEVERAL!), [numbers]);
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
