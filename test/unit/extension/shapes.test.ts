import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { placeAt } from "../../../src/extension/python/pointed-place.ts";
import { shapesText } from "../../../src/extension/python/shape-text.ts";
import { atLinesOfNow, type ShownPlace, shownPlaces } from "../../../src/extension/python/shown-shapes.ts";
import { shownRun, tracedSource } from "../../../src/extension/python/traced-source.ts";
import type { Runtime } from "../../../src/extension/runtime/runtime.ts";
import type { Example } from "../../../src/extension/source/example.ts";
import { ProvenRecipes } from "../../../src/extension/source/proven-recipes.ts";
import { shapeTargets } from "../../../src/extension/source/shape-targets.ts";
import type { TargetWorld } from "../../../src/extension/source/target.ts";
import { type SourceShapes, traceShapes } from "../../../src/extension/tracing/source-shapes.ts";
import { Live } from "../../../src/runtime/live/live.ts";
import { definitionsOnly, joinCells } from "../../../src/shared/python/index.ts";
import { fixturesDirectory, tracerCacheDirectory, transformersDirectory } from "../../support/paths.ts";

const folder = fixturesDirectory("editor");
const live = new Live({
  cacheDirectory: tracerCacheDirectory(),
});
after(() => live.dispose());

const world = (overrides: Partial<TargetWorld> = {}): TargetWorld => ({
  model: async () => null,
  transformers: async () => null,
  example: async () => null,
  proven: () => undefined,
  written: () => null,
  neighbours: async () => null,
  packages: async () => [folder, join(folder, "src")],
  readText: async file => readFileSync(file, "utf8"),
  readOptional: async () => null,
  providers: ["cpu"],
  ...overrides,
});

async function trace(
  file: string,
  overlay: Readonly<Record<string, string>> = {},
  overrides: Partial<TargetWorld> = {},
): Promise<SourceShapes> {
  const targets = await shapeTargets(file, overlay, world(overrides));
  const runtime = live as unknown as Runtime;
  const { signal } = new AbortController();
  return await traceShapes(file, targets, runtime, new ProvenRecipes(), signal, () => undefined);
}

/** Names and shapes on the line that holds a text. */
function on(places: readonly ShownPlace[], text: string, part: string): string[] {
  const line = text.split("\n").findIndex(each => each.includes(part));
  assert.ok(line >= 0, part);
  return places
    .filter(
      each =>
        each.kind !== "call" &&
        each.kind !== "module" &&
        (each.kind === "return" ? each.endLine : each.line) === line,
    )
    .map(({ name, runs, stale }) => {
      const { trace, values } = shownRun(runs, null, null);
      return `${name ?? "→"} ${shapesText(trace, values, "names")}${stale ? " stale" : ""}`;
    });
}

const gpt = join(folder, "gpt.py");
const gptText = readFileSync(gpt, "utf8");
const traced = (shapes: SourceShapes, text: string, file: string) => ({
  traced: tracedSource(shapes.traces, file)!,
  lines: text.split("\n"),
});
let good: ReturnType<typeof traced>;

test("a class with a configuration of its own is traced with its defaults, and every part of the file through it", async () => {
  const shapes = await trace(gpt);
  assert.deepEqual([...shapes.origins], [["GPT", "GPT(config=GPTConfig())"]]);
  assert.deepEqual(shapes.problems, []);
  good = traced(shapes, gptText, gpt);
  const places = shownPlaces(good.lines, good, null);
  const here = (part: string) => on(places, gptText, part).sort();
  assert.deepEqual(here("q, k, v ="), [
    "k (batch, sequence, 48)",
    "q (batch, sequence, 48)",
    "v (batch, sequence, 48)",
  ]);
  assert.deepEqual(here("q @ k.transpose"), ["self.scores (batch, 4, sequence, sequence)"]);
  assert.deepEqual(here("def forward(self, x, mask"), ["x (batch, sequence, 48)"]);
  assert.deepEqual(here("return self.proj"), ["→ (batch, sequence, 48)"]);
  assert.deepEqual(here("return x.view"), ["→ (batch, 4, sequence, 12)"]);
  assert.deepEqual(here("self.scores = self.scores + mask"), []);
});

test("the pointer finds variables as they were last assigned, parameters, attributes, and calls inside expressions", () => {
  const places = atLinesOfNow(shownPlaces(good.lines, good, null));
  const at = (part: string, word: string, nth = 0) => {
    const line = good.lines.findIndex(each => each.includes(part));
    let column = -1;
    for (let count = 0; count <= nth; count++) column = good.lines[line]!.indexOf(word, column + 1);
    const place = placeAt(places, {
      line: line + 1,
      column,
      word: /^\w/.test(word) ? word : "",
      text: good.lines[line]!,
    });
    const run = place && shownRun(place.runs, null, null);
    return run && `${place.kind} ${shapesText(run.trace, run.values, "names")}`;
  };
  const scores = "self.scores = q @ k.transpose";
  assert.equal(at(scores, "transpose"), "call (batch, 4, 12, sequence)");
  assert.equal(at(scores, "@"), "call (batch, 4, sequence, sequence)");
  assert.equal(at(scores, "q"), "variable (batch, 4, sequence, 12)");
  assert.equal(at("q, k = self.split(q", "q", 1), "variable (batch, sequence, 48)");
  assert.equal(at("q, k = self.split(q", "q"), "variable (batch, 4, sequence, 12)");
  assert.equal(at("weights = F.softmax(self.scores", "scores"), "variable (batch, 4, sequence, sequence)");
  assert.equal(at("batch, length, width = x.shape", "x"), "parameter (batch, sequence, 48)");
  assert.equal(at("return x + hidden", "x"), "variable (batch, sequence, 48)");
  assert.equal(at("x = x + self.attention(", "norm"), "module (batch, sequence, 48)");
});

test("what can no longer be traced keeps its last shapes, marked; lines that changed have none", async () => {
  const broken = gptText.replace(
    "mixed = weights @ self.split(v, batch, length)",
    "mixed = weights @ x.no_such_thing()",
  );
  const shapes = await trace(gpt, { [gpt]: broken });
  assert.ok(shapes.problems.some(({ line, message }) => line !== null && message.includes("no_such_thing")));
  const now = broken.split("\n");
  const current = tracedSource(shapes.traces, gpt);
  const places = shownPlaces(now, current && { traced: current, lines: now }, good);
  assert.deepEqual(on(places, broken, "weights = F.softmax"), [
    "weights (batch, 4, sequence, sequence) stale",
  ]);
  assert.deepEqual(on(places, broken, "no_such_thing"), []);
});

test("imports are followed through a src folder, and unsaved text there counts", async () => {
  const file = join(folder, "vision.py");
  const text = readFileSync(file, "utf8");
  const shapes = await trace(file);
  assert.match([...shapes.origins.values()][0]!, /^Classifier\(classes=5\)/);
  const tokens = (found: SourceShapes) =>
    on(shownPlaces(text.split("\n"), traced(found, text, file), null), text, "tokens = ");
  assert.deepEqual(tokens(shapes), ["tokens (batch, 16, 24)"]);
  const part = join(folder, "src", "parts", "patches.py");
  const edited = readFileSync(part, "utf8").replace("8, stride=8", "4, stride=4");
  assert.deepEqual(tokens(await trace(file, { [part]: edited })), ["tokens (batch, 64, 24)"]);
});

test("the cells of a notebook are traced as one source, with the example that they hold", async () => {
  const notebook = JSON.parse(readFileSync(join(folder, "lesson.ipynb"), "utf8")) as {
    cells: { source: string[] }[];
  };
  const { text } = joinCells(notebook.cells.map(({ source }) => source.join("")));
  const file = join(folder, "lesson_ipynb.py");
  const overlay = { [file]: definitionsOnly(text) };
  const shapes = await trace(file, overlay, { written: () => text });
  assert.match(shapes.origins.get("Attention")!, /^Attention\(CONFIG\)/);
  const places = shownPlaces(text.split("\n"), traced(shapes, text, file), null);
  assert.deepEqual(on(places, text, "scores = query"), ["scores (batch, 6, 6)"]);
});

test("where nothing says what a class is built with an example is asked for, and what it says counts", async () => {
  const file = join(folder, "needs_example.py");
  const [problem] = (await trace(file)).problems;
  assert.ok(problem?.needsExample && problem.class === "Mixer" && problem.line === null);
  const example: Example = {
    construct: 'Mixer({"inside": 6, "outside": 9})',
    inputs: { mixture: "float32[batch, 6]" },
  };
  const shapes = await trace(file, {}, { example: async () => example });
  const text = readFileSync(file, "utf8");
  assert.deepEqual(on(shownPlaces(text.split("\n"), traced(shapes, text, file), null), text, "mixed = "), [
    "mixed (batch, 9)",
  ]);
});

test("parameters have the lines that make them, in the file itself and in what it imports from the workspace", async () => {
  const vision = join(folder, "vision.py");
  const { traces } = await trace(vision);
  const made = traces[0]!.parameters.map(({ name, place }) => {
    const at = traces[0]!.places[place!]!;
    return `${name} ${traces[0]!.files[at.file]!.path.slice(folder.length + 1)}`;
  });
  assert.ok(
    made.some(each => each.endsWith(" vision.py")),
    made.join(),
  );
  assert.ok(made.includes("patches.cut.weight src/parts/patches.py"), made.join());
});

test("parameters of an installed package have the line of the source that makes its module", async () => {
  const workspace = mkdtempSync(join(tmpdir(), "papertrace-installed-"));
  const packages = join(workspace, ".venv", "lib", "site-packages");
  mkdirSync(join(packages, "blocks_of_others"), { recursive: true });
  writeFileSync(
    join(packages, "blocks_of_others", "__init__.py"),
    "from torch import nn\nclass Map(nn.Module):\n    def __init__(self):\n        super().__init__()\n" +
      "        self.inner = nn.Linear(4, 4)\n    def forward(self, x):\n        return self.inner(x)\n",
  );
  const file = join(workspace, "mine.py");
  writeFileSync(
    file,
    "from torch import nn\nfrom blocks_of_others import Map\nclass Mine(nn.Module):\n" +
      "    def __init__(self, width: int = 4):\n        super().__init__()\n        self.map = Map()\n" +
      "    def forward(self, x):\n        return self.map(x)\n",
  );
  const { traces, problems } = await trace(file, {}, { packages: async () => [workspace, packages] });
  assert.deepEqual(problems, []);
  const [found] = traces;
  for (const { name, place } of found!.parameters) {
    const at = found!.places[place!]!;
    assert.deepEqual([name.slice(0, 10), found!.files[at.file]!.path, at.line], ["map.inner.", file, 6]);
  }
  assert.equal(found!.parameters.length, 2);
  rmSync(workspace, { recursive: true });
});

test("of many experts the first few are opened: their lines have the shapes of all", async () => {
  const source = join(transformersDirectory(), "transformers", "models", "mixtral", "modeling_mixtral.py");
  const trace = await live.shapes({
    source,
    class: "MixtralForCausalLM",
    checkpoint: null,
    config: { model_type: "mixtral", num_hidden_layers: 1, num_local_experts: 256 },
    transformers: transformersDirectory(),
  });
  const own = trace.calls.filter(call =>
    call.places.some(at => trace.places[at]!.function === "MixtralExperts.forward"),
  );
  assert.equal(own.filter(call => call.function === "Tensor.index_add_").length, 4);
  const [problem] = trace.problems;
  assert.match(problem!.message, /the first few/);
});

test("experts that transformers computes together are opened, so that their own lines have shapes", async () => {
  const source = join(transformersDirectory(), "transformers", "models", "mixtral", "modeling_mixtral.py");
  const mixtral = await live.shapes({
    source,
    class: "MixtralForCausalLM",
    checkpoint: null,
    config: { model_type: "mixtral", num_hidden_layers: 1, num_local_experts: 4 },
    transformers: transformersDirectory(),
  });
  const lines = readFileSync(source, "utf8").split("\n");
  const places = shownPlaces(lines, { traced: tracedSource([mixtral], source)!, lines }, null);
  assert.deepEqual(on(places, lines.join("\n"), "expert_mask = expert_mask.permute"), [
    "expert_mask (5, 2, batch·sequence)",
  ]);
  assert.deepEqual(on(places, lines.join("\n"), "gate, up = "), ["gate (?, 14336)", "up (?, 14336)"]);
});
