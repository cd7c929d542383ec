import { after, before, test } from "node:test";
import { Live } from "../../../src/runtime/live/live.ts";
import { checkCase, packageCases } from "../../support/package-cases.ts";
import { packageFolders } from "../../support/packages.ts";
import { tracerCacheDirectory } from "../../support/paths.ts";

/** A few of each package; test/long has them all. */
const NAMES = {
  x_transformers: ["AttentionPool", "DynamicPositionBias", "MultiInputTransformerWrapper", "FeedForward"],
  vit_pytorch: ["CrossViT", "LeVJEPA", "MaxViT", "VAT"],
} as const;

let live: Live;
before(() => {
  live = new Live({ cacheDirectory: tracerCacheDirectory() });
});
after(() => live.dispose());

for (const [name, classes] of Object.entries(NAMES)) {
  const cases = packageCases(name);
  for (const each of classes) {
    test(`${name}'s own ${each} gives PyTorch's numbers at two sizes`, async () => {
      await checkCase(live, each, cases[each]!, { folders: packageFolders() });
    });
  }
}
