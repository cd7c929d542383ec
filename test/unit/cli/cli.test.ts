import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readSafetensors, writeTensors } from "../../../src/runtime/weights/safetensors.ts";
import type { Tensor } from "../../../src/shared/dtype.ts";
import { projectDirectory } from "../../support/paths.ts";

const script = join(projectDirectory, "src", "runtime", "cli.ts");

interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly lines: readonly string[];
}

function papertrace(...args: string[]): Promise<Outcome> {
  const env = { ...process.env, LANG: "C", LC_ALL: "C", PAPERTRACE_TRANSFORMERS: "" };
  return new Promise(resolve => {
    const child = execFile(process.execPath, [script, ...args], { env }, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, lines: stderr.trim().split("\n") }),
    );
  });
}

test("every command shows its usage, on stdout when it is asked for", async () => {
  const { status, stdout } = await papertrace("--help");
  assert.equal(status, 0);
  for (const command of ["modules", "run", "links", "generate", "models"]) {
    assert.match(stdout, new RegExp(`^papertrace ${command} `, "m"));
  }
  const one = await papertrace("run", "--help");
  assert.equal(one.status, 0);
  assert.match(one.stdout, /^papertrace run \[--model DIR\]/);
});

test("wrong usage exits with 2, the reason and the usage on stderr, nothing on stdout", async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [["fly"], /fly.*modules, run/],
    [["run", "--speed", "9"], /--speed/],
    [["run", "--model", "x"], /--inputs/],
    [["run", "--source", "x.py", "--inputs", "i", "--output", "o"], /--class/],
    [["run", "--model", "x", "--inputs", "i", "--output", "o", "--provider", "abacus"], /abacus.*cpu/],
    [["generate", "--model", "x"], /--prompt/],
    [["generate", "--model", "x", "--prompt", "p", "--tokens", "many"], /--tokens.*many/],
    [["generate", "--model", "x", "--prompt", "p", "--temperature", "-1"], /temperature/],
  ];
  const outcomes = await Promise.all(cases.map(([args]) => papertrace(...args)));
  for (const [i, { status, stdout, lines }] of outcomes.entries()) {
    const [args, message] = cases[i]!;
    assert.equal(status, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.match(lines[0]!, message);
  }
  const nothing = await papertrace();
  assert.equal(nothing.status, 2);
  assert.match(nothing.lines[0]!, /^papertrace modules/);
});

test("a failure exits with 1 and one line that names what is wrong", async () => {
  const folder = await mkdtemp(join(tmpdir(), "papertrace-cli-"));
  const missing = await papertrace("run", "--model", join(folder, "none"), "--inputs", "i", "--output", "o");
  assert.equal(missing.status, 1);
  assert.equal(missing.lines.length, 1);
  assert.ok(missing.lines[0]!.includes(join(folder, "none")));

  await writeFile(join(folder, "config.json"), JSON.stringify({ architectures: ["Mystery"] }));
  const sourceless = await papertrace("run", "--model", folder, "--inputs", "i", "--output", "o");
  assert.equal(sourceless.status, 1);
  assert.match(sourceless.lines[0]!, /Mystery.*--source/);

  const library = await papertrace(
    "run",
    "--model",
    folder,
    "--inputs",
    "i",
    "--output",
    "o",
    "--transformers",
    folder,
  );
  assert.equal(library.status, 1);
  assert.match(library.lines[0]!, /transformers.*site-packages/);
  await rm(folder, { recursive: true });
});

test("a class runs without a checkpoint, with the same random weights every time, and that is said", async () => {
  const folder = await mkdtemp(join(tmpdir(), "papertrace-cli-"));
  const [source, inputs] = [join(folder, "model.py"), join(folder, "in.safetensors")];
  const text = [
    "from torch import nn",
    "class Halving(nn.Module):",
    "    def __init__(self, width):",
    "        super().__init__()",
    "        self.down = nn.Linear(width, width // 2)",
    "    def forward(self, x):",
    "        return self.down(x)",
  ];
  await writeFile(source, text.join("\n"));
  const x: Tensor = { dtype: "float32", shape: [3, 4], data: new Uint8Array(48).fill(63) };
  await writeTensors(inputs, new Map([["x", x]]));
  const outputs: Uint8Array[] = [];
  for (const name of ["one", "other"]) {
    const output = join(folder, `${name}.safetensors`);
    const named = ["--source", source, "--class", "Halving", "--arguments", '{"width": 4}'];
    const { status, lines } = await papertrace("run", ...named, "--inputs", inputs, "--output", output);
    assert.equal(status, 0, lines.join("\n"));
    assert.match(lines.join("\n"), /Halving has no checkpoint: it runs with random weights/);
    const { shape, data } = (await readSafetensors(output)).get("output")!;
    assert.deepEqual(shape, [3, 2]);
    assert.ok(data.some(byte => byte !== 0));
    outputs.push(data);
  }
  assert.deepEqual(outputs[0], outputs[1]);
  await rm(folder, { recursive: true });
});
