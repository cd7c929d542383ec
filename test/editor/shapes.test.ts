import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fixturesDirectory } from "../support/paths.ts";
import { until } from "./support/panel.ts";
import { THEMES, Workbench } from "./support/workbench.ts";

describe("shapes in the editor, without a run", { timeout: 600_000 }, () => {
  const sources = fixturesDirectory("editor");
  const folder = mkdtempSync(join(tmpdir(), "papertrace-shapes-"));
  cpSync(sources, folder, { recursive: true });
  let workbench: Workbench;

  const text = (file: string) => readFileSync(join(sources, file), "utf8").split("\n");
  const lineOf = (file: string, part: string) => text(file).findIndex(line => line.includes(part)) + 1;

  /** The line on screen that holds a text, with its hints; white space is left out, since hints have none of their own. */
  const shown = async (part: string) => {
    const line = workbench.page.locator(".view-line", { hasText: part }).first();
    return withoutSpace(await line.innerText());
  };
  const shows = async (part: string, hint: string, seconds = 150) => {
    const there = async () => (await shown(part)).includes(withoutSpace(hint));
    try {
      await until(there, `“${hint}” behind ${part}`, seconds);
    } catch (error) {
      await workbench.screenshot("shape-missing");
      const lenses = await workbench.page.locator(".codelens-decoration").allInnerTexts();
      throw new Error(`${error}; there is “${await shown(part)}” under ${lenses.join(" | ")}`);
    }
  };

  /** Where a word of a line is on screen. */
  const placeOf = (part: string, word: string) =>
    workbench.page
      .locator(".view-line", { hasText: part })
      .first()
      .evaluate((line, wanted) => {
        const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const at = node.textContent!.indexOf(wanted);
          if (at < 0) continue;
          const range = document.createRange();
          range.setStart(node, at);
          range.setEnd(node, at + wanted.length);
          const box = range.getBoundingClientRect();
          return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
        }
        throw new Error(`The line has no ${wanted}.`);
      }, word);

  /** Lines that are marked, by how much is said. */
  const marks = (severity: "hint" | "info") => workbench.page.locator(`.cdr.squiggly-${severity}`);

  before(async () => {
    workbench = await Workbench.open({
      folder,
      settings: {
        "papertrace.defaultModel": "tiny-llama",
        "papertrace.inlayShapes": "names",
        "editor.stickyScroll.enabled": false,
        "files.autoSave": "off",
        // What is typed stays as it is typed.
        "editor.autoClosingBrackets": "never",
        "editor.autoClosingQuotes": "never",
        "editor.autoSurround": "never",
        "editor.autoIndent": "none",
      },
    });
  });
  after(async () => {
    await workbench?.dispose();
  });

  it("shows shapes behind what a forward assigns as soon as the file opens", async () => {
    await workbench.openFile("gpt.py");
    await workbench.goTo(lineOf("gpt.py", "q, k, v ="), 1);
    // The very first trace on a machine makes a snapshot of the interpreter.
    const first = 240;
    const split = "q, k, v each (batch, sequence, 48) =";
    await shows("self.qkv(x).split", split, first);
    await shows("F.softmax(self.scores", "weights (batch, 4, sequence, sequence) =");
    await workbench.screenshot("inlay-shapes");
  });

  it("shows attributes of self, parameters, and what is returned", async () => {
    await shows("q @ k.transpose", "self.scores (batch, 4, sequence, sequence) =");
    await shows("def forward(self, x", "x (batch, sequence, 48), mask=None");
    await shows("return self.proj", "→ (batch, sequence, 48)");
  });

  it("gives the shape of a call inside an expression on hover", async () => {
    const line = lineOf("gpt.py", "self.scores = q @ k.transpose");
    const column = text("gpt.py")[line - 1]!.indexOf("transpose") + 3;
    const hover = await workbench.hoverText(line, column, /float32/);
    assert.match(hover, /\(batch, 4, 12, sequence\)/);
    assert.match(hover, /GPT\(config=GPTConfig\(\)\)/);
    assert.match(hover, /nothing was run/);
    await workbench.screenshot("hover-shape");
  });

  it("marks lines that ran, and not the branch that did not, in every theme", async () => {
    const marks = workbench.page.locator(".glyph-margin-widgets .cgmr");
    const marked = await marks.evaluateAll(all => all.map(each => each.getBoundingClientRect().y));
    const has = async (part: string) => {
      const line = workbench.page.locator(".view-line", { hasText: part }).first();
      const { y } = (await line.boundingBox())!;
      return marked.some(mark => Math.abs(mark - y) < 6);
    };
    assert.ok(await has("F.softmax(self.scores"));
    assert.ok(!(await has("self.scores = self.scores + mask")));
    const icon = () => marks.first().evaluate(each => getComputedStyle(each).backgroundImage);
    const expected = { vs: "light", "vs-dark": "dark", "hc-black": "dark", "hc-light": "light" };
    for (const { name, kind } of THEMES) {
      await workbench.theme(name);
      await until(async () => (await icon()).includes(`line-ran-${expected[kind]}.svg`), `marks in ${name}`);
      await workbench.screenshot(`inlay-shapes-${kind}`);
    }
    await workbench.theme(THEMES[0].name);
  });

  it("keeps the last shapes of what can no longer be traced, and says so", async () => {
    const line = lineOf("gpt.py", "mixed = weights");
    const before = text("gpt.py")[line - 1]!;
    await workbench.replaceLine(line, "        mixed = weights @ x.no_such_thing()");
    await shows("F.softmax(self.scores", "weights (batch, 4, sequence, sequence)? =");
    await until(async () => (await marks("info").count()) === 1, "the line that stops it is marked");
    await workbench.screenshot("stale-shapes");
    await workbench.replaceLine(line, before);
    await shows("F.softmax(self.scores", "weights (batch, 4, sequence, sequence) =");
    await until(async () => (await marks("info").count()) === 0, "the mark is gone");
  });

  it("leaves shapes as they are while a statement is half typed, and marks them when it stays so", async () => {
    const line = lineOf("gpt.py", "mixed = weights");
    const before = text("gpt.py")[line - 1]!;
    const weights = "weights (batch, 4, sequence, sequence)";
    await workbench.replaceLine(line, "        mixed = weights @ (x +");
    await workbench.page.waitForTimeout(1_500);
    assert.ok((await shown("F.softmax(self.scores")).includes(withoutSpace(`${weights} =`)));
    await shows("F.softmax(self.scores", `${weights}? =`);
    const hint = await placeOf("F.softmax(self.scores", "(batch");
    const reason = workbench.page.locator(".monaco-hover:visible", {
      hasText: /last\sversion[\s\S]*gpt\.py/,
    });
    await until(
      async () => {
        await workbench.page.mouse.move(hint.x, hint.y + 40);
        await workbench.page.mouse.move(hint.x, hint.y, { steps: 4 });
        await reason.first().waitFor({ timeout: 3_000 });
        return true;
      },
      "the reason",
      40,
    );
    await workbench.screenshot("half-typed");
    // The hover that is open would lie over what comes next.
    await workbench.page.mouse.move(2, 2);
    await reason.first().waitFor({ state: "hidden", timeout: 10_000 });
    await workbench.replaceLine(line, before);
    await shows("F.softmax(self.scores", `${weights} =`);
  });

  it("writes sizes by their initials where a line has no room for names", async () => {
    const line = lineOf("gpt.py", "weights = F.softmax");
    const before = text("gpt.py")[line - 1]!;
    await workbench.replaceLine(line, before.replace("weights =", "weights, again = self.scores + 0,"));
    await shows("self.scores + 0,", "weights, again each (batch, 4, sequence, sequence) =");
    await workbench.replaceLine(line, before.replace("weights =", "weights, again = self.scores[0],"));
    await shows("self.scores[0],", "weights (4, S, S), again (B, 4, S, S) =");
    await workbench.replaceLine(line, before);
    await shows("F.softmax(self.scores", "weights (batch, 4, sequence, sequence) =");
  });

  it("follows an edit of the file itself, unsaved", async () => {
    const line = lineOf("gpt.py", "n_embd: int = 48");
    await workbench.replaceLine(line, "    n_embd: int = 64");
    await workbench.goTo(lineOf("gpt.py", "q, k, v ="), 1);
    await shows("self.qkv(x).split", "v each (batch, sequence, 64)");
    await workbench.closeEditors();
  });

  it("follows imports through a src folder, and an unsaved edit there", async () => {
    await workbench.openFile("vision.py");
    await shows("self.patches(image)", "tokens (batch, 16, 24) =");
    await workbench.openFile("patches.py");
    await workbench.replaceLine(
      lineOf("src/parts/patches.py", "nn.Conv2d"),
      "        self.cut = nn.Conv2d(channels, width, 4, stride=4)",
    );
    await workbench.openFile("vision.py");
    await shows("self.patches(image)", "tokens (batch, 64, 24) =");
    await workbench.screenshot("imported-edit");
  });

  it("hints at what a script does at its top and tracing leaves out, until it is mended", async () => {
    await workbench.openFile("script.py");
    await shows("self.out(x)", "mixed (batch, 5, 4) =");
    await until(async () => (await marks("hint").count()) === 1, "the statement is marked");
    const line = lineOf("script.py", "text = open(");
    const hover = await workbench.hoverText(line, 3, /Tracing leaves this statement out/);
    assert.match(hover, new RegExp(`FileNotFoundError at script\\.py:${line}: .* “data/input\\.txt”`));
    assert.match(hover, /script\.py\(7, 1\): This rests on it/);
    await workbench.screenshot("left-out");
    await workbench.page.keyboard.press("Escape");
    await workbench.replaceLine(line, 'text = "to be or not to be"');
    await until(async () => (await marks("hint").count()) === 0, "the mark is gone");
    await shows("self.out(x)", "mixed (batch, 5, 4) =");
    await workbench.replaceLine(line, text("script.py")[line - 1]!);
    await until(async () => (await marks("hint").count()) === 1, "the mark is back");
  });

  it("asks for an example where nothing says what a class is built with, and takes what is typed", async () => {
    await workbench.openFile("needs_example.py");
    const lens = workbench.page.locator(".codelens-decoration a", {
      hasText: "Give an example to run Mixer",
    });
    await lens.waitFor({ timeout: 150_000 });
    await workbench.screenshot("example-missing");
    await lens.click();
    await workbench.page.locator(".tab", { hasText: "examples.json" }).first().waitFor({ timeout: 20_000 });
    const proposal = workbench.page.locator(".view-line", { hasText: "Mixer()" });
    await proposal.first().waitFor({ timeout: 20_000 });
    const example = {
      construct: 'Mixer({"inside": 6, "outside": 9})',
      inputs: { mixture: "float32[batch, 6]" },
    };
    const typed = JSON.stringify({ "needs_example.py#Mixer": example }, null, 2);
    // The proposal is there before the cursor is set and before its editor has the focus: the source must not be typed over.
    await until(async () => {
      await proposal.first().click();
      await workbench.page.keyboard.press("Control+A");
      await workbench.page.keyboard.insertText(typed);
      return (await proposal.count()) === 0;
    }, "the example is typed over the proposal");
    await shows("self.inner(mixture)", "mixed (batch, 9) =");
    await workbench.screenshot("example-given");
  });

  it("treats the cells of a notebook as one source", async () => {
    await workbench.openFile("lesson.ipynb");
    await shows("query @ key", "scores (batch, 6, 6) =");
    await workbench.screenshot("notebook-shapes");
    // Hints that arrive meanwhile move what the pointer was on: it looks again until it is over the call.
    const hover = workbench.page.locator(".monaco-hover:visible", {
      hasText: /\(batch, 40, 6\)\s·\sfloat32/,
    });
    await until(
      async () => {
        const { x, y } = await placeOf("query @ key", "transpose");
        await workbench.page.mouse.move(x, y + 40);
        await workbench.page.mouse.move(x, y, { steps: 4 });
        await hover.first().waitFor({ timeout: 3_000 });
        return true;
      },
      "the hover in a cell",
      40,
    );
    assert.match(await hover.first().innerText(), /\(batch, 40, 6\)/);
    await workbench.screenshot("notebook-hover");
  });
});

function withoutSpace(text: string): string {
  return text.replaceAll(/\s/g, "");
}
