import { join } from "node:path";
import { sourcesFolder } from "../../src/runtime/models/add.ts";
import { cacheAt } from "../../src/runtime/models/cache.ts";
import type { AddableSource } from "../../src/runtime/models/registry.ts";
import { projectDirectory } from "./paths.ts";

/** Packages of PyPI whose classes the tests trace, and those that they import. */
export const PACKAGES: readonly AddableSource[] = [
  pinned(
    "x-transformers",
    "2.31.10",
    143875,
    "40099be7b1f3043ffba67381288a35bdd932decf338dc69a01eb8024bea34d24",
  ),
  pinned(
    "vit-pytorch",
    "1.26.11",
    228130,
    "2c4a17ceea6862bc3e4a2367ef6f07092750ef6aa96ca15ab54e8b96754543d5",
  ),
  pinned("einops", "0.8.2", 65638, "54058201ac7087911181bfec4af6091bb59380360f069276601256a76af08193"),
  pinned("einx", "0.4.3", 163766, "47ce54a0144f6dffcfacdd8fe2cc9e2e5e6485dda2471330ab75ee747dd22f39"),
  pinned("frozendict", "2.5.1", 18055, "b6e602e286b912beca1e12615f50eda6c74646b440c8cfde34221adee6c98c5e"),
  pinned(
    "torch-einops-utils",
    "0.2.0",
    21585,
    "e8b058190577299ada12c15a71e0e1c3551ef3536dee3c491bd6bd74595ef460",
  ),
];

/** Larger ones, for the long form alone. */
export const LARGE_PACKAGES: readonly AddableSource[] = [
  pinned("diffusers", "0.42.1", 6355908, "9154faa704ce00e0b77f568e0d64786064368528aab5fc14eeea92f87d788014"),
  pinned("timm", "1.0.31", 2798714, "5bd50f7d0fe6d09bf9285ac2523234a1b7e6bf075c0be3e7aed09139fcb617c7"),
];

/** Folders in which their imports are found. */
export function packageFolders(packages: readonly AddableSource[] = PACKAGES): string[] {
  const cache = cacheAt(join(projectDirectory, ".cache"));
  return packages.map(source => sourcesFolder(cache, source));
}

function pinned(name: string, version: string, bytes: number, sha256: string): AddableSource {
  const module = name.replaceAll("-", "_");
  return { name, version, module, wheel: { name: `${module}-${version}-py3-none-any.whl`, bytes, sha256 } };
}
