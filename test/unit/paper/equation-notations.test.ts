import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readPaper } from "../../../src/runtime/paper/read-paper.ts";
import { equationsIn } from "../../../src/shared/linking/index.ts";
import { fixturesDirectory } from "../../support/paths.ts";

const folder = fixturesDirectory("paper");

/** What the source of the paper says of each of its equations, in order: its component and its symbols. */
function expected(): { component: string; symbols: string; text: string }[] {
  const source = readFileSync(join(folder, "equations.html"), "utf8");
  const equation = /<div class="equation" data-component="([\w-]+)" data-symbols="([^"]*)">(.*)<\/div>/g;
  return [...source.matchAll(equation)].map(([, component = "", symbols = "", markup = ""]) => ({
    component,
    symbols,
    text: markup.replace(/<[^>]+>|\s/g, ""),
  }));
}

test("each definition is found in both of its notations as a whole, and nothing else", async () => {
  const bytes = readFileSync(join(folder, "equations.pdf"));
  const pages = await readPaper("equations.pdf", bytes, AbortSignal.timeout(60_000));
  const found = pages.flatMap(({ content }) => {
    const points = Array.from(content.text);
    const cut = ({ start, end }: { start: number; end: number }) =>
      points.slice(start, end).join("").replace(/\s/g, "");
    return equationsIn(content.text).map(equation => ({
      component: equation.component,
      symbols: equation.symbols.map(place => `${cut(place)}=${place.symbol}`).join(" "),
      text: cut(equation),
    }));
  });
  const equations = expected();
  assert.ok(equations.length > 30);
  assert.deepEqual(
    found,
    equations.filter(({ component }) => component !== "none"),
  );
});

test("at least ten components are defined twice", () => {
  const times = Map.groupBy(
    expected().filter(({ component }) => component !== "none"),
    ({ component }) => component,
  );
  assert.ok(times.size >= 10);
  for (const [component, equations] of times) assert.equal(equations.length, 2, component);
});
