import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import { int64 } from "../../../src/runtime/session/numbers.ts";
import { tracerCacheDirectory } from "../../support/paths.ts";
import { unsavedCase, unsavedPath } from "../../support/unsaved-case.ts";

const live = new Live({ cacheDirectory: tracerCacheDirectory() });
after(() => live.dispose());

test("an index that an embedding does not have is told with the line that looks it up", async () => {
  const lookedUp = {
    init: ["self.wte = nn.Embedding(9, 4)"],
    forward: ["x = self.wte(input_ids)", "return x * 2"],
    argument: "input_ids",
  };
  const model = await live.open(unsavedCase(lookedUp));
  const { output } = await model.run({ inputs: { input_ids: int64([1, 8, 3], [1, 3]) } });
  assert.deepEqual(output?.shape, [1, 3, 4]);
  await assert.rejects(model.run({ inputs: { input_ids: int64([1, 12, 3], [1, 3]) } }), (error: Error) => {
    assert.ok(error.message.startsWith(`${unsavedPath}:8: nn.functional.embedding cannot be computed: `));
    assert.match(error.message, /there is no entry 12, the last one is 8\./);
    return true;
  });
  await assert.rejects(
    model.run({ inputs: { input_ids: int64([1, -1, 3], [1, 3]) } }),
    new RegExp(
      `${unsavedPath}:8: nn\\.functional\\.embedding cannot be computed: there is no entry -1: none is counted`,
    ),
  );
  model.dispose();
});
