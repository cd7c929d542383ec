import assert from "node:assert/strict";
import { test } from "node:test";
import { bestPlaces, sourcePlaces } from "../../../src/shared/linking/index.ts";
import { linkPython } from "../../../src/shared/linking/python.ts";

const source = `
import torch
from torch import nn


def apply_rotary_pos_emb(q, k):
    return q, k


class LlamaMLP(nn.Module):
    def forward(self, x):
        return self.down_proj(self.act_fn(x))


class LlamaAttention(nn.Module):
    def __init__(self):
        self.q_proj = nn.Linear(8, 8)

    def forward(self, x):
        weights = nn.functional.softmax(x, dim=-1)
        weights = nn.functional.softmax(weights, dim=-1)
        return weights
`;

const places = sourcePlaces(source, linkPython(source));
const of = (component: string) => places.filter(place => place.component === component);

test("what is defined under a component's name implements it", () => {
  assert.deepEqual(
    of("feed-forward").map(({ kind, name, line }) => [kind, name, line]),
    [["class", "LlamaMLP", 10]],
  );
  assert.deepEqual(
    of("rotary-embedding").map(({ kind, text }) => [kind, text]),
    [["function", "def apply_rotary_pos_emb(q, k):"]],
  );
});

test("what no class is named after stands in the first line that computes it, once for each class", () => {
  const found = of("softmax");
  assert.deepEqual(
    found.map(({ kind, class: owner, text }) => [kind, owner, text]),
    [["line", "LlamaAttention", "weights = nn.functional.softmax(x, dim=-1)"]],
  );
});

test("a class of fields alone implements nothing, a short one takes its methods from another", () => {
  const fields = ["a: int", "b: int", "c: int", "d: int"].map(field => `    ${field}\n`).join("");
  const code = `import torch\n\n\nclass OneAttention:\n${fields}\n\nclass TwoAttention(Base):\n    pass\n`;
  assert.deepEqual(
    sourcePlaces(code, linkPython(code)).map(({ name }) => name),
    ["TwoAttention"],
  );
});

test("among several sources, definitions come before uses", () => {
  const use = { ...places[0]!, component: "softmax", kind: "line" } as const;
  const definition = { ...use, kind: "class" } as const;
  assert.deepEqual(bestPlaces([use, definition]), [definition]);
  assert.deepEqual(bestPlaces([use]), [use]);
  assert.deepEqual(bestPlaces([]), []);
});
