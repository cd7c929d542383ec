import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { failureText, packageToGet } from "../../../src/runtime/packages/absent.ts";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import type { TraceFailure, TraceResult } from "../../../src/shared/trace.ts";
import { tracerCacheDirectory } from "../../support/paths.ts";

let folder: string;
let site: string;
let tracer: TracerProcess;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "papertrace-absent-"));
  site = join(folder, "site");
  await mkdir(join(site, "tiny_layers-1.0.dist-info"), { recursive: true });
  tracer = new TracerProcess({ cacheDirectory: tracerCacheDirectory() });
});

after(async () => {
  tracer.dispose();
  await rm(folder, { recursive: true });
});

const FORWARD = "class Model(nn.Module):\n    def forward(self, x):\n        return flip(x)\n";

async function traced(head: string, body: string, packages: readonly string[] = []): Promise<TraceResult> {
  const source = join(folder, "model.py");
  await writeFile(source, `from torch import nn\n${head}\n${body}`);
  return await tracer.trace({
    ...{ source, class: "Model", config: null, arguments: {}, transformers: null, checkpointNames: null },
    inputs: [{ name: "x", dtype: "float32", shape: [2, 3] }],
    packages,
  });
}

async function failure(
  head: string,
  body = FORWARD,
  packages: readonly string[] = [],
): Promise<TraceFailure> {
  const result = await traced(head, body, packages);
  assert.ok(!result.ok, "what lacks a package is not traced");
  return result.failure;
}

const lacked = ({ package: named }: TraceFailure) =>
  named && `${named.name} ${basename(named.file ?? "")}:${named.line}`;

const cases: readonly (readonly [string, string, string])[] = [
  ["a function that forward calls", "from tiny_layers import flip", FORWARD],
  [
    "a base class",
    "import tiny_layers as layers",
    "class Model(layers.Base):\n    def forward(self, x):\n        return x\n",
  ],
  [
    "a layer in a sequence",
    "from tiny_layers.torch import Flip",
    "class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n" +
      "        self.parts = nn.Sequential(Flip(), nn.Linear(3, 3))\n    def forward(self, x):\n        return self.parts(x)\n",
  ],
  [
    "a number that a layer is made with",
    "import tiny_layers",
    "class Model(nn.Module):\n    def __init__(self):\n        super().__init__()\n" +
      "        self.layer = nn.Linear(tiny_layers.settings().width, 3)\n    def forward(self, x):\n        return self.layer(x)\n",
  ],
];

for (const [what, head, body] of cases) {
  test(`${what} names the package, the line of its import and the next step`, async () => {
    const found = await failure(head, body);
    assert.equal(lacked(found), "tiny_layers model.py:2");
    assert.equal(packageToGet(found.package), "tiny-layers");
    assert.match(
      failureText(found),
      /not there while tracing\. model\.py:2 imports tiny_layers, a package that is not here: get it with “Papertrace: Get a Python Package…” \(papertrace packages add tiny-layers\)\.$/,
    );
  });
}

test("a source that answers to the import failing is told the same, whatever was traced before", async () => {
  await failure("from tiny_layers import flip");
  const none = await failure("try:\n    from tiny_layers import flip\nexcept ImportError:\n    flip = None");
  assert.equal(none.kind, "python");
  assert.equal(lacked(none), "tiny_layers model.py:3");
  assert.match(failureText(none), /'NoneType' object is not callable\. model\.py:3 imports tiny_layers/);
  const raised = await failure(
    'try:\n    from tiny_layers import flip\nexcept ImportError:\n    raise ImportError("pip install it")',
  );
  assert.equal(lacked(raised), "tiny_layers model.py:3");
  assert.match(failureText(raised), /pip install it\. model\.py:3 imports tiny_layers/);
  // A failure that has nothing to do with it says nothing of it.
  const other = await failure(
    "try:\n    import tiny_layers\nexcept ImportError:\n    pass",
    "class Model(nn.Module):\n    def forward(self, x):\n        return x.nothing\n",
  );
  assert.equal(other.package, undefined);
});

test("what nothing can be got for says what else to do", async () => {
  const compiled = await failure("from scipy.ndimage import flip");
  assert.equal(packageToGet(compiled.package), null);
  assert.match(failureText(compiled), /model\.py:2 imports scipy, a package with compiled code/);
  const own = await failure("from utils.layers import flip");
  assert.equal(packageToGet(own.package), null);
  assert.match(failureText(own), /model\.py:2 imports utils, .*python\.analysis\.extraPaths/);
  const inert = await failure("from wandb import flip");
  assert.equal(inert.package, undefined);
  assert.match(failureText(inert), /wandb\.flip has no meaning for a trace/);
  await mkdir(join(site, "tiny_kernels"), { recursive: true });
  await writeFile(join(site, "tiny_kernels", "__init__.py"), "");
  await writeFile(join(site, "tiny_kernels", "_c.so"), "");
  const installed = await failure("from tiny_kernels import flip", FORWARD, [site]);
  assert.equal(installed.package, undefined);
  assert.match(failureText(installed), /belongs to tiny_kernels, which has compiled code/);
});

test("once its folder is given, the same source is traced through it", async () => {
  await mkdir(join(site, "tiny_layers"), { recursive: true });
  await writeFile(join(site, "tiny_layers", "__init__.py"), "def flip(x):\n    return x.transpose(0, 1)\n");
  const result = await traced("from tiny_layers import flip", FORWARD, [site]);
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(result.trace.values[result.trace.outputs[0]!.value]!.shape, [3, 2]);
});
