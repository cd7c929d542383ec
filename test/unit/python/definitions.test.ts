import assert from "node:assert/strict";
import { test } from "node:test";
import { definitions, parsePython } from "../../../src/shared/python/index.ts";

const SOURCE = `import torch


class Outer(nn.Module, Generic[T], metaclass=Meta, *rest):
    """A class. Call Nothing() here."""

    model_type = "outer"
    size: int = 3
    name: str = f"{size}"

    class Inner(Base):
        def forward(self, x):
            return Helper(x)

    def __init__(
        self,
        dim,
        heads: int = 4,
        *args,
        scale: float,
        bias=dict(a=1, b=2),
        **kwargs,
    ):
        self.layers = nn.ModuleList([Block(dim) for _ in range(3)])

        def local(z):
            return z

    @torch.no_grad()
    async def generate(self, x, /):
        return softmax(local_names(x))


def outer(x):
    def nested(y):
        return helper(y)

    return nested(x)


if torch.cuda.is_available():
    class Conditional: pass
`;

test("classes have bases, methods, strings, names and calls of their own", () => {
  const [outer, fn, ...rest] = definitions(parsePython(SOURCE));
  assert.deepEqual(rest, []);
  assert.ok(outer?.kind === "class" && fn?.kind === "function");
  assert.deepEqual([outer.name, outer.line, outer.endLine], ["Outer", 3, 31]);
  assert.deepEqual(outer.bases, ["nn.Module", "Generic[T]"]);
  assert.deepEqual(
    [...outer.literals],
    [
      ["model_type", "outer"],
      ["size", 3],
    ],
  );
  assert.deepEqual(
    [...outer.methods.keys()],
    ["__init__", "generate"],
    "those of nested classes are not its own",
  );
  assert.deepEqual(outer.methods.get("__init__"), [
    { name: "self", hasDefault: false, annotation: null, literal: null },
    { name: "dim", hasDefault: false, annotation: null, literal: null },
    { name: "heads", hasDefault: true, annotation: "int", literal: 4 },
    { name: "scale", hasDefault: false, annotation: "float", literal: null },
    { name: "bias", hasDefault: true, annotation: null, literal: null },
  ]);
  assert.deepEqual(outer.methods.get("generate"), [
    { name: "self", hasDefault: false, annotation: null, literal: null },
    { name: "x", hasDefault: false, annotation: null, literal: null },
  ]);
  for (const called of ["Helper", "ModuleList", "Block", "softmax"])
    assert.ok(outer.calls.has(called), called);
  for (const absent of ["Nothing", "Outer", "Linear"]) assert.ok(!outer.calls.has(absent), absent);
  assert.ok(outer.names.has("local_names") && !outer.names.has("layers"));
});

test("functions have what they name, nested functions included", () => {
  const fn = definitions(parsePython(SOURCE)).find(({ kind }) => kind === "function");
  assert.deepEqual([fn?.name, fn?.line, fn?.endLine], ["outer", 33, 38]);
  assert.ok(fn?.names.has("helper"));
});

test("a name that is a default is no parameter; fields of a dataclass are what it is built with", () => {
  const found = definitions(
    parsePython(
      "def make(block=Part, width: int = 3):\n    pass\n\nclass Args:\n    dim: int\n    heads: int = 4\n    scale = 2\n",
    ),
  );
  const make = found.find(each => each.kind === "function")!;
  assert.deepEqual(
    make.parameters.map(({ name, hasDefault }) => [name, hasDefault]),
    [
      ["block", true],
      ["width", true],
    ],
  );
  const args = found.find(each => each.kind === "class")!;
  assert.deepEqual(args.fields, [
    { name: "dim", hasDefault: false, annotation: "int", literal: null },
    { name: "heads", hasDefault: true, annotation: "int", literal: 4 },
  ]);
});
