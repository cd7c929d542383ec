import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import type { Desk, Reader } from "./desk.ts";

/** CSS pixels a frame: 100 pages in a few seconds. */
const STEP = 500;

/** What reading a paper from its first page to its last showed. */
export interface Visit {
  /** Of the scroll. */
  readonly seconds: number;
  /** 95 of 100 frames of the scroll were shorter, ms. */
  readonly frame95: number;
  /** Tasks of more than 50 ms during the scroll, and after it until the paper was linked, ms. */
  readonly longTasks: readonly number[];
  readonly longTasksAtRest: readonly number[];
  /** Held by the page's process, with its worker and its canvases; null where it cannot be read. */
  readonly megabytes: number | null;
  readonly heapMegabytes: number;
}

/** Opens the paper, scrolls through it as soon as its first page is there, and waits until all is done that goes on. */
export async function visit(desk: Desk, reader: Reader): Promise<Visit> {
  const page = await desk.read(reader);
  try {
    await page.evaluate(() => window.probe.firstPage);
    const before = (await longTasksOf(page)).length;
    const frames = await page.evaluate(step => window.probe.scrollThrough(step), STEP);
    const scrolled = (await longTasksOf(page)).slice(before);
    await page.evaluate(() => window.linked);
    const all = await longTasksOf(page);
    const heap = await collectGarbage(page);
    return {
      seconds: frames.reduce((sum, frame) => sum + frame, 0) / 1000,
      frame95: frames.toSorted((a, b) => a - b)[Math.floor(0.95 * frames.length)]!,
      longTasks: scrolled,
      longTasksAtRest: all.slice(before + scrolled.length),
      megabytes: await megabytesOfLargestRenderer(desk),
      heapMegabytes: heap / 1e6,
    };
  } finally {
    await page.context().close();
  }
}

async function longTasksOf(page: Page): Promise<number[]> {
  return await page.evaluate(() => window.probe.longTasks);
}

/** @returns bytes of JavaScript's heap that are in use afterwards. */
async function collectGarbage(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  await page.waitForTimeout(1_000);
  await devtools.send("HeapProfiler.collectGarbage");
  await devtools.send("HeapProfiler.collectGarbage");
  await page.waitForTimeout(500);
  return (await devtools.send("Runtime.getHeapUsage")).usedSize;
}

/** A renderer that shows nothing is much smaller than one with a long paper. */
async function megabytesOfLargestRenderer({ browser }: Desk): Promise<number | null> {
  if (process.platform !== "linux") return null;
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  await devtools.detach();
  const sizes = processInfo
    .filter(({ type }) => type === "renderer")
    .map(({ id }) => readFileSync(`/proc/${id}/smaps_rollup`, "utf8"))
    .map(rollup => Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]) / 1000);
  return Math.max(...sizes);
}
