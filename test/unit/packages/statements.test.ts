import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { normalName } from "../../../src/runtime/models/package-index.ts";
import { parseMetadata } from "../../../src/runtime/packages/core-metadata.ts";
import { standsIn, wayTo } from "../../../src/runtime/packages/distributions.ts";
import { MARKERS, PYTHON, pureRelease } from "../../../src/runtime/packages/interpreter.ts";
import { allows } from "../../../src/runtime/packages/release-version.ts";
import { holds, parseRequirement } from "../../../src/runtime/packages/requirement.ts";
import { projectDirectory } from "../../support/paths.ts";

test("specifiers allow what PEP 440 says", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["3.14.2", ">=3.9", true],
    ["3.14.2", ">=3.9,<3.14", false],
    ["3.14.2", ">= 3.9, != 3.14.*", false],
    ["3.14.2", "==3.*", true],
    ["3.14.2", "~=3.12", true],
    ["3.14.2", "~=3.12.0", false],
    ["2.0", "", true],
    ["1.7.post2", ">1.7", false],
    ["1.8.dev1", "<1.8", false],
    ["1.7.1", "<1.8,!=1.7.2", true],
    ["1.7", "=> 1.6", false],
  ];
  for (const [text, specifier, allowed] of cases)
    assert.equal(allows(specifier, text), allowed, `${text} ${specifier}`);
  for (const wrong of ["", "1..0", "../1.0", "1.0-x", "latest"]) assert.ok(!allows("", wrong), wrong);
});

test("requirements are read, and markers hold for this interpreter", () => {
  assert.deepEqual(parseRequirement('Einx[torch] (>=0.3, <1) ; python_version < "3.9"'), {
    name: "einx",
    specifier: ">=0.3, <1",
    marker: 'python_version < "3.9"',
  });
  assert.deepEqual(parseRequirement("torch_einops.utils>=0.1"), {
    name: "torch-einops-utils",
    specifier: ">=0.1",
    marker: "",
  });
  assert.equal(parseRequirement("pkg @ https://example.org/pkg.whl"), null);
  const cases: readonly (readonly [string, boolean])[] = [
    ["", true],
    ['python_version >= "3.9"', true],
    ['python_version < "3.9"', false],
    ["python_full_version == '3.14.*'", true],
    ['extra == "test"', false],
    ['sys_platform != "win32" and (extra == "x" or os_name == "posix")', true],
    ['sys_platform == "win32" or python_version < "3.10"', false],
    ['platform_system not in "Windows Darwin"', true],
    ['"Emscripten" in platform_system', true],
    ['unheard_of == "1"', false],
    ['python_version >= "3.9" and', false],
  ];
  for (const [marker, expected] of cases) assert.equal(holds(marker, MARKERS), expected, marker);
});

test("METADATA gives summary, licence and requirements; the description is none of it", () => {
  const text = (lines: readonly string[]) =>
    parseMetadata(["Name: A.b", "Version: 1.0", ...lines, "", "Requires-Dist: c"].join("\r\n"));
  const stated = text([
    "Summary: Does it",
    "License-Expression: MIT",
    "License: x",
    "Requires-Dist: einx>=1",
  ]);
  assert.equal(stated.summary, "Does it");
  assert.equal(stated.licence, "MIT");
  assert.deepEqual(stated.requirements, [{ name: "einx", specifier: ">=1", marker: "" }]);
  assert.equal(text(["License: BSD"]).licence, "BSD");
  const long = [
    "License: Permission is hereby granted,",
    "        free of charge",
    "Classifier: License :: OSI Approved :: MIT License",
  ];
  assert.equal(text(long).licence, "MIT License");
  assert.equal(text([]).licence, "");
});

test("only wheels of Python alone, for this Python and of the package itself, are taken", () => {
  const cases: readonly (readonly [string, string | null])[] = [
    ["einops-0.8.2-py3-none-any.whl", "0.8.2"],
    ["einops-0.8.2-1-py2.py3-none-any.whl", "0.8.2"],
    ["Einops-0.8.2-py39-none-any.whl", "0.8.2"],
    ["einops-0.8.2-py399-none-any.whl", null],
    ["einops-0.8.2-py2-none-any.whl", null],
    ["einops-0.8.2-cp314-cp314-manylinux_2_28_x86_64.whl", null],
    ["einops-0.8.2-py3-none-win_amd64.whl", null],
    ["einops-0.8.2.tar.gz", null],
    ["other-0.8.2-py3-none-any.whl", null],
    ["../einops-0.8.2-py3-none-any.whl", null],
    ["einops-../../0.8.2-py3-none-any.whl", null],
  ];
  for (const [file, release] of cases) assert.equal(pureRelease(file, "einops"), release, file);
});

test("the interpreter is the one that pyodide brings", () => {
  const lock = JSON.parse(
    readFileSync(join(projectDirectory, "node_modules", "pyodide", "pyodide-lock.json"), "utf8"),
  );
  assert.equal(PYTHON, lock.info.python);
});

test("what the tracer stands in for or leaves inert is never fetched as a requirement", () => {
  const boundary = join(projectDirectory, "src/runtime/tracer/python/papertrace/boundary/third_party.py");
  const source = readFileSync(boundary, "utf8");
  const table = (name: string) => {
    const body = new RegExp(`^${name} = frozenset\\(([\\s\\S]*?)^\\)`, "m").exec(source)?.[1] ?? "";
    return Array.from(body.matchAll(/"([^"]+)"/g), match => match[1]!);
  };
  // Not packages of the index by their own name.
  const others = new Set(["_pytest", "pkg_resources", "ignite"]);
  const names = [...table("INERT"), ...table("_AT_HAND"), "torch", "transformers", "numpy"];
  assert.ok(names.length > 60);
  const fetched = names.filter(name => {
    const way = wayTo(name);
    return !others.has(name) && !standsIn(way.kind === "own" ? name : normalName(way.name));
  });
  assert.deepEqual(fetched, []);
});
