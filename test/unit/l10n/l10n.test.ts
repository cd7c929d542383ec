import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Bundle } from "../../../src/shared/l10n.ts";
import { projectDirectory } from "../../support/paths.ts";
import { bareElementText, bareShownText } from "./bare-text.ts";
import {
  placeholders,
  processMessages,
  pythonMessages,
  scanProject,
  typescriptMessages,
} from "./messages.ts";
import { filesBelow } from "./source.ts";

const read = (path: string) => JSON.parse(readFileSync(join(projectDirectory, path), "utf8")) as Bundle;
const korean = read("media/l10n/bundle.l10n.ko.json");
const { messages, violations } = scanProject();
const positions = new Map(messages.map(({ text, at }) => [text, at]));

/** The same in every language. */
const PROPER_NAMES: ReadonlySet<string> = new Set(["float32", "τ = {0}", "Papertrace"]);

/** A particle whose form depends on the sound before it, which a value does not tell. */
const SOUND_DEPENDENT = /\{\d+\}[”’"'\]]*(?:은|는|이|가|을|를|과|와|아|야|으로|로)(?=[\s,.?!:]|$)/;

test("every message is written where it can be found", () => {
  assert.deepEqual(violations, []);
  assert.ok(messages.length > 300);
});

test("every message has Korean words, and no entry is left over", () => {
  const missing = [...positions].filter(([text]) => !Object.hasOwn(korean, text));
  assert.deepEqual(
    missing.map(([text, at]) => `${at}: ${text}`),
    [],
  );
  assert.deepEqual(
    Object.keys(korean).filter(text => !positions.has(text)),
    [],
  );
  const keys = Object.keys(korean);
  assert.deepEqual(keys, [...keys].sort(), "sorted by key");
});

test("Korean words keep the placeholders, and read well after any value", () => {
  for (const [english, words] of Object.entries(korean)) {
    assert.deepEqual(placeholders(words), placeholders(english), english);
    assert.doesNotMatch(words, SOUND_DEPENDENT);
    assert.doesNotMatch(words, /은\(는\)|이\(가\)|을\(를\)|와\(과\)|\(으\)로/);
    assert.equal(/^\$\([\w~-]+\)/.exec(words)?.[0], /^\$\([\w~-]+\)/.exec(english)?.[0], english);
  }
});

test("nothing but proper names is the same in both languages", () => {
  const manifest = read("package.nls.json");
  const translated = Object.entries(read("package.nls.ko.json")).map(
    ([key, words]) => [manifest[key]!, words] as const,
  );
  for (const [english, words] of [...Object.entries(korean), ...translated]) {
    if (PROPER_NAMES.has(english)) assert.equal(words, english);
    else assert.match(words, /[가-힣]/, english);
  }
});

test("pages and VS Code are given no words but those of t", () => {
  assert.deepEqual(filesBelow("src/webviews", ".tsx").flatMap(bareElementText), []);
  assert.deepEqual(filesBelow("src/extension", ".ts").flatMap(bareShownText), []);
});

test("the scan of TypeScript finds messages and what hides them", () => {
  const scan = (text: string) => typescriptMessages({ path: "a.ts", text });
  const texts = (text: string) => scan(text).messages.map(message => message.text);
  assert.deepEqual(texts('() => t(\n  "a \\"b\\" {0}",\n  1,\n)'), ['a "b" {0}']);
  assert.deepEqual(texts('// t("no")\nconst x = () => format("no") + list.at("no");'), []);
  for (const hidden of ["message", "`a`", '"a" + b', 'a ? "b" : "c"', "failure.message"]) {
    assert.equal(scan(`() => t(${hidden})`).violations.length, 1, hidden);
  }
  assert.deepEqual(scan("() => t(result.failure.message, ...result.failure.arguments)").violations, []);
  for (const late of [
    'function f(): string { return t("a"); }',
    'const f = { label: () => t("a"), n: 1 };',
    'class A { b = t("a"); }',
    'const f = (a: B): C => (a ? t("a") : t("a"));',
  ]) {
    assert.deepEqual(scan(late).violations, [], late);
  }
  for (const early of ['const a = t("a");', 'const a = { b: () => 1, c: t("a") };', 'const a = [t("a")];']) {
    assert.equal(scan(early).violations.length, 1, early);
  }
});

test("the scan of failures finds templates and what hides them", () => {
  const python = (text: string) => pythonMessages({ path: "a.py", text });
  assert.deepEqual(
    python(
      'raise Unsupported(\n  "a {0}", b)\nmessage = "c"\n_failure("limit", "d", [])\nclass Missing(Exception):',
    ).messages.map(message => message.text),
    ["a {0}", "c", "d"],
  );
  for (const hidden of ['Missing(f"a")', 'Unsupported("a" "b")', 'Missing("a" % b)', "Unsupported(words)"]) {
    assert.equal(python(hidden).violations.length, 1, hidden);
  }
  const process = processMessages({ path: "a.ts", text: 'failed("limit", "a");failed("limit", b);' });
  assert.deepEqual([process.messages.length, process.violations.length], [1, 1]);
});

test("the search for bare words finds them", () => {
  const element = (text: string) => bareElementText({ path: "a.tsx", text });
  assert.equal(element("<p>Some words</p>").length, 1);
  assert.equal(element("<p>\n  Some words, {value}\n</p>").length, 1);
  assert.equal(element('<p class="a" title="Some words" />').length, 1);
  assert.deepEqual(element('<p class="some words">{t("Some words")} = {value} ±</p>'), []);
  const shown = (text: string) => bareShownText({ path: "a.ts", text });
  assert.equal(shown('window.showErrorMessage("Some words")').length, 1);
  assert.equal(shown('{ placeHolder: "Some words" }').length, 1);
  assert.equal(shown("item.text = `$(play) words`").length, 1);
  assert.deepEqual(shown('item.text = "$(play)"; title: t("Some words")'), []);
});
