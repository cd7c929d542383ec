import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { commandIds, contextKeys, settingIds, viewIds, viewTypes } from "../../../src/extension/ids.ts";
import { projectDirectory } from "../../support/paths.ts";

const read = (name: string) => readFileSync(join(projectDirectory, name), "utf8");
const manifest = JSON.parse(read("package.json"));
const { contributes } = manifest;

/** Every text in a tree of JSON. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(texts) : [];
}

test("commands, settings, views and editors of the manifest are those of the code", () => {
  const declared = contributes.commands.map((entry: { command: string }) => entry.command);
  assert.deepEqual([...declared].sort(), Object.values(commandIds).sort());
  assert.deepEqual(
    Object.keys(contributes.configuration.properties).sort(),
    Object.values(settingIds).sort(),
  );
  assert.deepEqual(
    contributes.customEditors.map((entry: { viewType: string }) => entry.viewType),
    [viewTypes.paper, viewTypes.checkpoint, viewTypes.checkpointIndex],
  );
  assert.deepEqual(
    contributes.views[viewIds.container].map((entry: { id: string }) => entry.id),
    [viewIds.models, viewIds.paperOutline, viewIds.comparison],
  );
  assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${viewTypes.component}`));
});

test("menus, key bindings and walkthroughs name only commands and keys that exist", () => {
  const known = new Set<string>([
    ...Object.values(commandIds),
    ...Object.values(contextKeys),
    ...Object.values(viewIds),
    ...Object.values(viewTypes),
  ]);
  const named = texts([contributes.menus, contributes.keybindings, contributes.walkthroughs]).flatMap(text =>
    Array.from(text.matchAll(/\bpapertrace\.\w+/g), match => match[0]),
  );
  assert.ok(named.length > 20);
  for (const name of named) assert.ok(known.has(name) || name === contributes.walkthroughs[0].id, name);
});

test("every manifest text has a translation in both languages, and no translation is left over", () => {
  const used = new Set(
    texts(manifest).flatMap(text => {
      const key = /^%(.+)%$/.exec(text)?.[1];
      return key === undefined ? [] : [key];
    }),
  );
  for (const file of ["package.nls.json", "package.nls.ko.json"]) {
    const translations = JSON.parse(read(file)) as Record<string, string>;
    assert.deepEqual(Object.keys(translations).sort(), [...used].sort(), file);
    assert.ok(
      Object.values(translations).every(text => text.trim() !== ""),
      file,
    );
  }
});

test("translated texts keep their command links", () => {
  const english = JSON.parse(read("package.nls.json")) as Record<string, string>;
  const korean = JSON.parse(read("package.nls.ko.json")) as Record<string, string>;
  const linked = (text: string) => Array.from(text.matchAll(/\(command:([\w.]+)\)/g), match => match[1]);
  for (const [key, text] of Object.entries(english)) {
    assert.deepEqual(linked(korean[key]!), linked(text), key);
    for (const command of linked(text)) assert.ok((Object.values(commandIds) as string[]).includes(command!));
  }
});

test("icons and pictures of the manifest are there", () => {
  const files = texts(manifest).filter(text => text.startsWith("media/"));
  assert.ok(files.length >= 3);
  for (const file of files) assert.ok(existsSync(join(projectDirectory, file)), file);
});

test("a workspace that is not trusted cannot name models, sources, a Python or a folder to write to", () => {
  const { untrustedWorkspaces } = manifest.capabilities;
  assert.equal(untrustedWorkspaces.supported, "limited");
  assert.deepEqual([...untrustedWorkspaces.restrictedConfigurations].sort(), [
    settingIds.defaultModel,
    settingIds.papersFolder,
    settingIds.pythonPath,
    settingIds.transformersPath,
  ]);
});
