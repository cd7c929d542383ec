import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { TracerConnection } from "../../../src/runtime/tracer/connection.ts";
import { TracerProcess } from "../../../src/runtime/tracer/process.ts";
import type { TraceRequest, TraceResult } from "../../../src/shared/trace.ts";
import { fixturesDirectory, tracerCacheDirectory } from "../../support/paths.ts";

const source = join(fixturesDirectory("tracer"), "unsaved.py");
const tracer = new TracerProcess({
  cacheDirectory: tracerCacheDirectory(),
  bytes: 512 * 2 ** 20,
});
/** For sources that do not come to an end. */
const hasty = new TracerProcess({ cacheDirectory: tracerCacheDirectory(), seconds: 2 });
after(() => {
  tracer.dispose();
  hasty.dispose();
});

/** A module whose forward runs `body`; body's first line is line 8. */
function request(body: string): TraceRequest {
  const lines = body.split("\n").map(line => `        ${line}`);
  const text = [
    "import torch",
    "from torch import nn",
    "",
    "",
    "class Case(nn.Module):",
    "    def forward(self, x):",
    "        # body",
  ];
  return {
    source,
    class: "Case",
    config: null,
    transformers: null,
    overlay: { [source]: [...text, ...lines, "        return x + 1", ""].join("\n") },
    inputs: [{ name: "x", dtype: "float32", shape: [2, 3] }],
    checkpointNames: null,
  };
}

async function refused(
  body: string,
  by: TracerProcess = tracer,
): Promise<Extract<TraceResult, { ok: false }>["failure"]> {
  const result = await by.trace(request(body));
  assert.ok(!result.ok, `was traced: ${body}`);
  return result.failure;
}

async function assertStillWorks(by: TracerProcess = tracer): Promise<void> {
  assert.ok((await by.trace(request("y = x"))).ok);
}

test("a loop without an end is interrupted, with its line", async () => {
  const failure = await refused("while True:\n    pass", hasty);
  assert.equal(failure.kind, "limit");
  assert.equal(failure.file, source);
  assert.ok(failure.line === 8 || failure.line === 9);
  await assertStillWorks(hasty);
});

test("a trace says that it computes, so that waiting for a busy machine is no reason to end it", async () => {
  let said = 0;
  const child = new TracerConnection({}, [fixturesDirectory("tracer")], tracerCacheDirectory());
  child.onComputing = () => said++;
  try {
    const start = { snapshot: null, transformers: null, makeSnapshot: false, maxBytes: 512 * 2 ** 20 };
    await child.until(child.remote.start(start));
    const endless = child.remote.trace(request("while True:\n    pass"), { milliseconds: 2500 });
    const answer: TraceResult = JSON.parse((await child.until(endless)).result);
    assert.ok(!answer.ok && answer.failure.kind === "limit");
    assert.ok(said >= 1);
  } finally {
    child.kill();
  }
});

test("a loop that swallows the interruption is ended with its process", async () => {
  const failure = await refused(
    "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    hasty,
  );
  assert.equal(failure.kind, "limit");
  assert.ok(failure.arguments.includes(source));
  await assertStillWorks(hasty);
});

test("more memory than a trace may have is refused, with its line", async () => {
  const failure = await refused("blocks = []\nwhile True:\n    blocks.append(bytearray(50_000_000))");
  assert.equal(failure.kind, "limit");
  assert.equal(failure.line, 10);
  await assertStillWorks();
});

test("recursion without an end is refused, with its line", async () => {
  const failure = await refused("def again(n):\n    return again(n + 1)\nagain(0)");
  assert.equal(failure.kind, "limit");
  assert.equal(failure.line, 9);
  await assertStillWorks();
});

test("files cannot be written", async () => {
  const path = join(tmpdir(), `papertrace-${process.pid}.txt`);
  for (const body of [
    `open(${JSON.stringify(path)}, "w").write("x")`,
    `import os\nos.open(${JSON.stringify(path)}, os.O_CREAT | os.O_WRONLY)`,
    `import pathlib\npathlib.Path(${JSON.stringify(path)}).write_text("x")`,
    `import os\nos.mkdir(${JSON.stringify(path)})`,
  ]) {
    const failure = await refused(body);
    assert.match(failure.arguments.join(" "), /PermissionError/);
    assert.equal(existsSync(path), false);
  }
});

test("files of the reader's cannot be read, only sources imported", async () => {
  const failure = await refused(
    `open(${JSON.stringify(join(fixturesDirectory("tracer"), "tiny.py"))}).read()`,
  );
  assert.match(failure.arguments.join(" "), /FileNotFoundError/);
});

test("no process can be started", async () => {
  for (const body of [
    'import subprocess\nsubprocess.run(["ls"])',
    'import os\nos.system("ls")',
    'import os\nos.execv("/bin/ls", ["ls"])',
    "import os\nos.fork()",
  ]) {
    const failure = await refused(body);
    assert.equal(failure.kind, "python");
    assert.match(failure.arguments.join(" "), /PermissionError|OSError|AttributeError/);
  }
});

test("no connection leaves the process", async () => {
  let connections = 0;
  const server = createServer(() => connections++).listen(0, "127.0.0.1");
  await new Promise(resolve => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  try {
    for (const body of [
      `import socket\nsocket.create_connection(("127.0.0.1", ${port}))`,
      `import urllib.request\nurllib.request.urlopen("http://127.0.0.1:${port}")`,
      `import http.client\nhttp.client.HTTPConnection("127.0.0.1", ${port}).request("GET", "/")`,
    ]) {
      const failure = await refused(body);
      assert.match(failure.arguments.join(" "), /PermissionError/);
    }
    assert.equal(connections, 0);
  } finally {
    server.close();
  }
});

test("the environment is not there", async () => {
  process.env.PAPERTRACE_SECRET = "s3cret";
  try {
    const failure = await refused(
      'import os\nraise ValueError(" ".join(f"{k}={v}" for k, v in os.environ.items()))',
    );
    assert.equal(failure.kind, "python");
    const shown = failure.arguments.join(" ");
    assert.ok(!shown.includes("s3cret") && !shown.includes(process.env.HOME ?? "/root/none"));
  } finally {
    delete process.env.PAPERTRACE_SECRET;
  }
});

test("JavaScript is out of reach", async () => {
  for (const body of [
    "import js\njs.process",
    "import pyodide_js\npyodide_js.FS",
    'from pyodide.code import run_js\nrun_js("process.pid")',
    'from pyodide.ffi import to_js\nto_js({"a": 1}).constructor.constructor("return process")()',
    'from papertrace.host import host\nhost.read.__closure__[0].cell_contents.constructor("return process")()',
  ]) {
    const failure = await refused(body);
    assert.ok(["python", "missing", "unsupported"].includes(failure.kind), `${body}: ${failure.kind}`);
  }
  await assertStillWorks();
});

test("a process that is killed in mid-trace gives a failure, and the next trace starts another", async () => {
  const abort = new AbortController();
  const endless = tracer.trace(request("while True:\n    pass"), abort.signal);
  setTimeout(() => abort.abort(), 200);
  const result = await endless;
  assert.ok(!result.ok && result.failure.kind === "cancelled");
  await assertStillWorks();
});

test("foreign functions cannot be called", async () => {
  const failure = await refused("import ctypes\nctypes.string_at(1)");
  assert.match(failure.arguments.join(" "), /PermissionError/);
});

test("an interpreter that breaks is reported, and the next trace starts another", async () => {
  const failure = await refused("import _pyodide_core\n_pyodide_core.raw_call(x)");
  assert.equal(failure.kind, "crashed");
  assert.ok(failure.arguments.includes(source));
  await assertStillWorks();
});
