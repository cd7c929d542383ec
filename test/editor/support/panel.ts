import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Frame, Locator } from "playwright-core";
import type { Workbench } from "./workbench.ts";

/** A number as the page's text twin of a matrix holds it. */
export interface ShownCell {
  readonly row: number;
  readonly column: number;
  readonly value: number;
  /** What is written in it. */
  readonly text: string;
}

/** Waits for something that the page will show; the name is for the failure. */
export async function until(condition: () => Promise<boolean>, name: string, seconds = 60): Promise<void> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await delay(200)) {
    if (await condition().catch(() => false)) return;
  }
  assert.fail(`${name}: not within ${seconds} s`);
}

export function status(panel: Frame): Promise<string | null> {
  return panel.locator("main.panel").getAttribute("data-status");
}

/** Waits until a panel shows numbers of the present state. */
export async function settled(panel: Frame): Promise<void> {
  await until(async () => {
    const now = await status(panel);
    return (
      (now === "live" || now === "random") &&
      (await panel.locator("main.panel").getAttribute("data-working")) !== "true"
    );
  }, "the panel is live");
}

export async function shownModule(panel: Frame): Promise<string> {
  return (await panel.locator("main.panel").getAttribute("data-module"))!;
}

/** The prompt's token ids, from the chips. */
export async function promptIds(panel: Frame): Promise<number[]> {
  const ids = await panel
    .locator("[data-token]")
    .evaluateAll(chips => chips.map(chip => Number(chip.getAttribute("data-token-id"))));
  assert.ok(ids.length > 1 && ids.every(Number.isInteger), "the page shows the prompt's tokens");
  return ids;
}

export async function chosenHead(panel: Frame): Promise<number> {
  return Number(await panel.locator("[data-head][aria-pressed=true]").getAttribute("data-head"));
}

export async function readCell(
  panel: Frame,
  figure: string,
  { row, column }: Pick<ShownCell, "row" | "column">,
): Promise<ShownCell> {
  const cell = panel.locator(`[data-figure="${figure}"] [data-row="${row}"][data-column="${column}"]`);
  const value = Number(await cell.getAttribute("data-value"));
  return { row, column, value, text: (await cell.textContent())! };
}

/** Some cells of a figure on and below the diagonal, the same ones for a size in every run. */
export async function seededCells(panel: Frame, figure: string): Promise<ShownCell[]> {
  const rows = await panel.locator(`[data-figure="${figure}"] tbody tr`).count();
  assert.ok(rows > 1, `the page shows ${figure}`);
  const random = generator(20_261_125);
  const places = Array.from({ length: 6 }, () => {
    const row = 1 + Math.floor(random() * (rows - 1));
    return { row, column: Math.floor(random() * (row + 1)) };
  });
  return Promise.all(places.map(place => readCell(panel, figure, place)));
}

/** Types a prompt as a reader does and sends it with Enter. */
export async function sendPrompt(panel: Frame, words: string): Promise<void> {
  await panel.getByText("Edit text").click();
  const field = panel.locator(".text-strip input").first();
  await field.fill(words);
  await field.press("Enter");
}

/** Clicks the first mention of a component that is drawn. */
export async function clickMention(workbench: Workbench, paper: Frame, component: string): Promise<void> {
  const mention = paper.locator(`.mention[data-component="${component}"] span`).first();
  await mention.waitFor({ state: "attached", timeout: 60_000 });
  await mention.scrollIntoViewIfNeeded();
  const box = await mention.boundingBox();
  assert.ok(box, `a mention of ${component} is on screen`);
  await workbench.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
}

/**
 * Points at a word of a paper until its card is shown. The page may still be scrolled while it is laid out, and that
 * closes cards and moves the word, so it is looked for anew.
 */
export async function hoverWord(workbench: Workbench, word: Locator, card: Locator): Promise<void> {
  await until(async () => {
    await word.evaluate(element => element.scrollIntoView({ block: "center" }));
    const box = (await word.boundingBox())!;
    await workbench.page.mouse.move(box.x + box.width / 3, box.y + box.height / 2);
    await workbench.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
    await card.waitFor({ timeout: 2_000 });
    return true;
  }, "the card of a word");
}

/** Numbers that look random and never change (a linear congruence, Numerical Recipes' constants). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
