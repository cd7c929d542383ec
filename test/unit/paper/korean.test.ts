import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { linkPaper } from "../../../src/runtime/paper/link-paper.ts";
import { fixturesDirectory } from "../../support/paths.ts";

const file = (name: string) => readFileSync(join(fixturesDirectory("paper"), name));

/** Written together or apart, and broken anywhere: in Korean that is the same word. */
const joined = (surface: string) => surface.replace(/\s/g, "");

test("a Korean paper of two pages is linked as its source is marked, particles left outside", async () => {
  const source = file("korean.html").toString("utf8");
  const marked = [...source.matchAll(/<m c="([^"]+)">([^<]+)<\/m>/g)].map(([, component, surface]) => [
    joined(surface!),
    component,
  ]);
  const pages = await linkPaper("korean.pdf", file("korean.pdf"), AbortSignal.timeout(60_000));
  assert.equal(pages.length, 2);
  assert.ok(marked.length > 70);
  assert.deepEqual(
    pages.flatMap(page => page.mentions).map(({ surface, component }) => [joined(surface), component]),
    marked,
  );
  for (const { mentions } of pages)
    for (const { surface, quads } of mentions)
      assert.ok(quads.length > 0, `${surface} is somewhere on its page`);
});
