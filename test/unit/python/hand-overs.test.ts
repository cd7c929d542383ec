import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePython, usesIn } from "../../../src/shared/python/index.ts";

const source = `
class Net(nn.Module):
    def __init__(self, config, a):
        self.width = config.size
        self.first = nn.Linear(config.size, a * 2 + b, bias=a)
        self.rest = f(*more, a)
        if self.stages[2] > stages[0]:
            pass

@decorated
def make(a):
    return Net(None, a)
`;

test("names are followed to the calls that they are arguments of", () => {
  const { handedOver, indexed } = usesIn(parsePython(source), "Net");
  assert.deepEqual(handedOver.get("size"), [
    { callee: null, argument: "width" },
    { callee: "Linear", argument: 0 },
  ]);
  assert.deepEqual(handedOver.get("a"), [
    { callee: "Linear", argument: 1 },
    { callee: "Linear", argument: "bias" },
  ]);
  assert.deepEqual(handedOver.get("b"), [{ callee: "Linear", argument: 1 }]);
  assert.deepEqual([...indexed], [["stages", 2]]);
});

test("each definition has uses of its own", () => {
  const document = parsePython(source);
  assert.deepEqual(usesIn(document, "make").handedOver.get("a"), [{ callee: "Net", argument: 1 }]);
  assert.equal(usesIn(document, "other").handedOver.size, 0);
});
