import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "pyodide";
import { pythonFiles } from "../../../src/runtime/tracer/python-files.ts";
import { fixturesDirectory } from "../../support/paths.ts";

const tracer = fileURLToPath(new URL("../../../src/runtime/tracer/python", import.meta.url));
const tests = fileURLToPath(new URL("python", import.meta.url));

test("the tracing torch, by its own tests, in the interpreter that it runs in", async () => {
  const python = await loadPyodide({ jsglobals: {} });
  for (const file of pythonFiles(tracer)) {
    const path = `/checkout/src/runtime/tracer/python/${file}`;
    python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    python.FS.writeFile(path, readFileSync(join(tracer, file)));
  }
  const folder = "/checkout/test/unit/tracer/python";
  python.FS.mkdirTree(folder);
  for (const file of readdirSync(tests).filter(name => name.endsWith(".py"))) {
    python.FS.writeFile(`${folder}/${file}`, readFileSync(join(tests, file)));
  }
  python.FS.mkdirTree("/checkout/test/fixtures/tracer");
  for (const fixture of [
    "torch_reference.json",
    "mistakes.py",
    "mistakes.json",
    "writes.py",
    "writes.json",
  ]) {
    python.FS.writeFile(
      `/checkout/test/fixtures/tracer/${fixture}`,
      readFileSync(join(fixturesDirectory("tracer"), fixture)),
    );
  }
  python.FS.mkdirTree("/checkout/test/fixtures/primitives");
  for (const file of readdirSync(fixturesDirectory("primitives"))) {
    python.FS.writeFile(
      `/checkout/test/fixtures/primitives/${file}`,
      readFileSync(join(fixturesDirectory("primitives"), file)),
    );
  }
  const outcome = python.runPython(`
import io, sys, unittest
sys.path.insert(0, "${folder}")
report = io.StringIO()
result = unittest.TextTestRunner(report).run(unittest.defaultTestLoader.discover("${folder}"))
f"{result.testsRun} {report.getvalue()}" if not result.wasSuccessful() else result.testsRun
`);
  assert.equal(typeof outcome, "number", String(outcome));
  assert.ok(outcome >= 50);
});
