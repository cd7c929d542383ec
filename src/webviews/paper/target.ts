import { effect } from "@preact/signals";
import type { PaperTarget } from "../../shared/protocol/paper-context.ts";
import type { PaperLinks } from "./links.ts";
import { flashPassage } from "./passage-flash.ts";
import type { Reader } from "./reader.ts";
import * as store from "./store.ts";

/** Goes to a mention, as soon as its page has been read, and marks it with its sentence; false if there is no such page. */
export async function showTarget(reader: Reader, target: PaperTarget): Promise<boolean> {
  const links = await readUpTo(target.page);
  if (links === null) return false;
  const mention = links.mentions[target.page - 1]!.find(
    ({ start, component }) => start === target.start && component === target.component,
  );
  // The file may have changed since it was indexed.
  const length = links.texts[target.page - 1]!.itemOf.length;
  if (mention) reader.show(mention);
  else if (target.start < length)
    reader.showPlace(links.place(target.page - 1, target.start, target.start + 1));
  else reader.goTo(target.page);
  const [from, to] = target.sentence ?? [0, 0];
  if (from < Math.min(to, length))
    flashPassage(reader, links.place(target.page - 1, from, Math.min(to, length)));
  return true;
}

/** What was read and linked, from when that reaches a page; null where the paper ends before or cannot be read. */
function readUpTo(page: number): Promise<PaperLinks | null> {
  return new Promise(resolve => {
    let stop: (() => void) | null = null;
    let done = false;
    stop = effect(() => {
      const links = store.links.value;
      const failed = store.status.value === "failed";
      const whole = links !== null && links.texts.length === links.pages;
      if (links !== null && links.texts.length >= page) resolve(links);
      else if (failed || whole) resolve(null);
      else return;
      done = true;
      stop?.();
    });
    if (done) stop();
  });
}

/** The place that a first look at a paper goes to, once its pages lie where they will stay. */
export function showTargetOnceLaidOut(reader: Reader, target: PaperTarget): void {
  const laidOut = () => {
    reader.bus.off("pagesloaded", laidOut);
    void showTarget(reader, target);
  };
  reader.bus.on("pagesloaded", laidOut);
}
