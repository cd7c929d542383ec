import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import { int64 } from "../../../src/runtime/session/numbers.ts";
import { fixturesDirectory, tracerCacheDirectory } from "../../support/paths.ts";

const live = new Live({ cacheDirectory: tracerCacheDirectory() });
after(() => live.dispose());

test("an index that an embedding does not have is told with the line that looks it up", async () => {
  const source = join(fixturesDirectory("tracer"), "unsaved.py");
  const text = [
    "from torch import nn",
    "class Case(nn.Module):",
    "    def __init__(self):",
    "        super().__init__()",
    "        self.wte = nn.Embedding(9, 4)",
    "    def forward(self, input_ids):",
    "        x = self.wte(input_ids)",
    "        return x * 2",
    "",
  ].join("\n");
  const model = await live.open({
    source,
    class: "Case",
    checkpoint: null,
    transformers: null,
    overlay: { [source]: text },
  });
  const { output } = await model.run({ inputs: { input_ids: int64([1, 8, 3], [1, 3]) } });
  assert.deepEqual(output?.shape, [1, 3, 4]);
  await assert.rejects(model.run({ inputs: { input_ids: int64([1, 12, 3], [1, 3]) } }), (error: Error) => {
    assert.ok(error.message.startsWith(`${source}:7: nn.functional.embedding cannot be computed: `));
    assert.match(error.message, /there is no entry 12, the last one is 8\./);
    return true;
  });
  await assert.rejects(
    model.run({ inputs: { input_ids: int64([1, -1, 3], [1, 3]) } }),
    new RegExp(
      `${source}:7: nn\\.functional\\.embedding cannot be computed: there is no entry -1: none is counted`,
    ),
  );
  model.dispose();
});
