import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ensureTestPackages } from "../../scripts/prerequisites.ts";
import { Live } from "../../src/runtime/live/live.ts";
import { checkCase, packageCases } from "../support/package-cases.ts";
import { LARGE_PACKAGES, PACKAGES, packageFolders } from "../support/packages.ts";
import { tracerCacheDirectory, transformersDirectory } from "../support/paths.ts";

/** Classes that are refused, with what is said. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  NaViT_nested: /torch\.nested\.nested_tensor is not supported/,
};

const all = [...PACKAGES, ...LARGE_PACKAGES];

for (const name of ["x_transformers", "vit_pytorch", "diffusers", "timm"]) {
  describe(name, () => {
    let live: Live;
    before(async () => {
      await ensureTestPackages(all);
      live = new Live({ cacheDirectory: tracerCacheDirectory() });
    });
    after(() => live.dispose());

    for (const [each, given] of Object.entries(packageCases(name))) {
      const refused = REFUSED[each];
      test(refused ? `${each} is refused with a reason` : `${each} gives PyTorch's numbers`, async () => {
        const check = checkCase(live, each, given, {
          folders: packageFolders(all),
          transformers: transformersDirectory(),
        });
        await (refused ? assert.rejects(check, refused) : check);
      });
    }
  });
}
