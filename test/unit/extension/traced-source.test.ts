import assert from "node:assert/strict";
import { test } from "node:test";
import {
  layerIn,
  layersOf,
  modulesOfClass,
  shownRun,
  tracedSource,
} from "../../../src/extension/python/traced-source.ts";
import { parametersAt } from "../../../src/extension/weights/weight-places.ts";
import type { Place, Trace } from "../../../src/shared/trace.ts";

const file = "/w/m.py";
const place = (line: number, column: number, endColumn: number, name: string): Place => ({
  file: 0,
  line,
  endLine: line,
  column,
  endColumn,
  function: name,
});

/** Two layers that run the same line, which calls a linear layer made in line 3. */
const trace = {
  class: "Model",
  files: [{ path: file, sha256: "1" }],
  places: [
    place(1, 0, 9, "Block"),
    place(3, 8, 30, "Block.__init__"),
    place(6, 8, 24, "Block.forward"),
    place(6, 12, 24, "Block.forward"),
    place(5, 22, 23, "Block.forward"),
  ],
  modules: ["", "layers.0", "layers.0.fc", "layers.1", "layers.1.fc"].map((path, index) => ({
    path,
    class: path.endsWith("fc") ? "Linear" : path === "" ? "Model" : "Block",
    classPlace: index === 1 || index === 3 ? 0 : null,
    place: null,
  })),
  parameters: ["layers.0.fc.weight", "layers.1.fc.weight"].map(name => ({ name, place: 1 })),
  values: [],
  named: [1, 3].flatMap(module => [
    { id: `${module}:y#0`, value: module, module, variable: "y", place: 2, stack: [] },
    { id: `${module}.fc`, value: module, module: module + 1, variable: null, place: 3, stack: [] },
  ]),
  passed: [{ name: "x", values: [0], module: 1, place: 4 }],
  calls: [],
} as unknown as Trace;
const source = tracedSource([trace], file)!;
const find = (kind: string) => source.places.find(each => each.kind === kind)!;

test("places that several layers ran have a run of each", () => {
  assert.deepEqual(
    source.places.map(({ kind, name }) => `${kind} ${name}`),
    ["variable y", "module fc", "parameter x"],
  );
  assert.deepEqual(layersOf(find("variable").runs), [0, 1]);
  assert.deepEqual(source.places.map(({ place }) => place.line).sort(), [5, 6, 6]);
  assert.deepEqual([...source.functions], ["Block.forward"]);
  assert.equal(tracedSource([trace], "/w/other.py"), null);
});

test("the run that is shown is that of the panel's module, else of the chosen layer, else the first", () => {
  const { runs } = find("variable");
  assert.equal(shownRun(runs, "layers.1", null).module, "layers.1");
  assert.equal(shownRun(runs, "layers.1.fc", 0).module, "layers.1");
  assert.equal(shownRun(runs, null, 1).module, "layers.1");
  assert.equal(shownRun(runs, null, 7).module, "layers.0");
  assert.equal(shownRun(runs, null, null).module, "layers.0");
});

test("the layer of a path is its first number", () => {
  assert.equal(layerIn("model.layers.12.mlp.experts.3"), 12);
  assert.equal(layerIn("conv2.norm"), null);
  assert.deepEqual(modulesOfClass(trace, file, "Block"), ["layers.0", "layers.1"]);
});

test("weights behind a call are those of the module, behind a line those that it makes", () => {
  const names = (line: number, place: Parameters<typeof parametersAt>[3], layer: number | null = null) =>
    parametersAt(trace, file, line, place, layer).map(({ name }) => name);
  assert.deepEqual(names(6, find("module")), ["layers.0.fc.weight"]);
  assert.deepEqual(names(6, find("module"), 1), ["layers.1.fc.weight"]);
  assert.deepEqual(names(3, null), ["layers.0.fc.weight", "layers.1.fc.weight"]);
  assert.deepEqual(names(6, null), []);
  assert.deepEqual(names(6, find("variable")), []);
});
