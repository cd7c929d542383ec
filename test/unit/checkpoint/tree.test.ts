import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { OutlinedTensor } from "../../../src/shared/checkpoint/outline.ts";
import {
  type CheckpointNode,
  checkpointTree,
  matchingTensors,
  openAtFirst,
  pathTo,
  visibleRows,
} from "../../../src/shared/checkpoint/tree.ts";
import { LARGE_PARAMETERS, LARGE_TENSORS } from "../../support/large-checkpoint.ts";

function tensor(name: string, shape: readonly number[], dtype = "BF16"): OutlinedTensor {
  const bytes = 2 * shape.reduce((product, size) => product * size, 1);
  return { name, parameter: null, dtype, shape, file: 0, offset: 0, bytes, readable: true };
}

const large = LARGE_TENSORS.map(([name, , shape]) => tensor(name, shape));

const labels = (nodes: readonly CheckpointNode[]): unknown[] =>
  nodes.map(node => (node.children.length > 0 ? [node.label, labels(node.children)] : node.label));

describe("the module tree of a checkpoint", () => {
  it("shows equal layers once, with totals of all", () => {
    const tree = checkpointTree(large, "name");
    assert.deepEqual(labels(tree), [
      "lm_head.weight",
      [
        "model",
        [
          "embed_tokens.weight",
          [
            "layers.0…79",
            [
              "input_layernorm.weight",
              ["mlp", ["down_proj.weight", "gate_proj.weight", "up_proj.weight"]],
              "post_attention_layernorm.weight",
              ["self_attn", ["k_proj.weight", "o_proj.weight", "q_proj.weight", "v_proj.weight"]],
            ],
          ],
          "norm.weight",
        ],
      ],
    ]);
    const total = (of: (node: CheckpointNode) => number) => tree.reduce((sum, node) => sum + of(node), 0);
    assert.equal(
      total(node => node.parameters),
      LARGE_PARAMETERS,
    );
    assert.equal(
      total(node => node.count),
      large.length,
    );
    const layers = tree[1]!.children[1]!;
    assert.equal(layers.copies, 80);
    const norm = layers.children[0]!;
    assert.deepEqual(
      norm.tensors!.map(index => large[index]!.name),
      Array.from({ length: 80 }, (_, layer) => `model.layers.${layer}.input_layernorm.weight`),
    );
  });

  it("keeps layers apart that differ, and names which are equal", () => {
    const tree = checkpointTree(
      [0, 1, 2, 3, 4].map(layer => tensor(`h.${layer}.w`, [4], layer === 2 ? "F32" : "BF16")),
      "name",
    );
    assert.deepEqual(labels(tree), [["h", ["0…1, 3…4.w", "2.w"]]]);
  });

  it("groups experts inside of grouped layers, each copy keeping its own tensor", () => {
    const names = [0, 1].flatMap(layer => [0, 1, 2].map(expert => `layers.${layer}.experts.${expert}.w`));
    const [node] = checkpointTree(
      names.map(name => tensor(name, [2])),
      "name",
    );
    assert.equal(node!.label, "layers.0…1.experts.0…2.w");
    assert.equal(node!.copies, 6);
    assert.deepEqual(new Set(node!.tensors), new Set([0, 1, 2, 3, 4, 5]));
  });

  it("puts the largest first when asked", () => {
    const tree = checkpointTree(large, "size");
    assert.equal(tree[0]!.label, "model");
    assert.deepEqual(
      tree[0]!.children.map(({ label }) => label),
      ["layers.0…79", "embed_tokens.weight", "norm.weight"],
    );
  });

  it("lists the rows of what is open, with level and position", () => {
    const tree = checkpointTree(large, "name");
    const closed = visibleRows(tree, () => false);
    assert.deepEqual(
      closed.map(({ node, level }) => [node.label, level]),
      [
        ["lm_head.weight", 1],
        ["model", 1],
      ],
    );
    const open = openAtFirst(tree, 60);
    const rows = visibleRows(tree, node => open.has(node.id));
    assert.equal(rows.length, 16);
    const query = rows.find(({ node }) => node.label === "q_proj.weight")!;
    assert.deepEqual([query.level, query.position, query.siblings], [4, 3, 4]);
    assert.equal(openAtFirst(tree, 6).size, 1);
  });

  it("finds tensors by parts of name, type and shape, and the way to one", () => {
    const found = matchingTensors(large, "q_proj 8192x8192 bf16");
    assert.equal(found.length, 80);
    assert.deepEqual(matchingTensors(large, "q_proj f32"), []);
    const index = large.findIndex(({ name }) => name === "model.layers.17.self_attn.k_proj.weight");
    assert.deepEqual(
      pathTo(checkpointTree(large, "name"), index).map(({ label }) => label),
      ["model", "layers.0…79", "self_attn", "k_proj.weight"],
    );
  });
});
