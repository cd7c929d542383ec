import { t } from "../../shared/l10n.ts";
import type { EventBus } from "./pdfjs.ts";

/** Pixels between what a popup belongs to and the popup, and between that and the edge. */
const GAP = 6;

/**
 * What pdf.js lays over a page for the annotations that a file brings along is named in the language of the window, and its
 * popups stay in sight: pdf.js opens them to the right of their annotation, where a page often ends.
 */
export function watchAnnotations(
  container: HTMLElement,
  bus: InstanceType<typeof EventBus>,
  language: string,
): void {
  bus.on("annotationlayerrendered", ({ source }: { source: { div: HTMLElement } }) => {
    for (const sign of source.div.querySelectorAll<HTMLImageElement>(".textAnnotation img")) {
      own(sign);
      sign.alt = t("Note in the paper");
    }
    for (const trigger of source.div.querySelectorAll<HTMLElement>("section.popupTriggerArea[tabindex]"))
      trigger.setAttribute("role", "button");
  });
  new MutationObserver(changes => {
    for (const { target } of changes) {
      if (!(target instanceof HTMLElement) || !target.matches(".popupAnnotation:not([hidden])")) continue;
      // A tint of the annotation's colour, made for black words; the line around them keeps it.
      target.querySelector<HTMLElement>(".popup")?.style.removeProperty("background-color");
      for (const date of target.querySelectorAll<HTMLTimeElement>("time[data-l10n-id]")) {
        own(date);
        date.textContent = new Date(date.dateTime).toLocaleString(language);
      }
      keepInSight(target, container.getBoundingClientRect());
    }
  }).observe(container, { subtree: true, attributes: true, attributeFilter: ["hidden"] });
}

/** Takes an element from pdf.js' own translator, which speaks English alone. */
function own(element: HTMLElement): void {
  element.removeAttribute("data-l10n-id");
  element.removeAttribute("data-l10n-args");
}

function keepInSight(popup: HTMLElement, sight: DOMRect): void {
  popup.style.translate = "none";
  const box = popup.getBoundingClientRect();
  const anchor = document.getElementById(popup.getAttribute("aria-controls") ?? "")?.getBoundingClientRect();
  if (anchor === undefined || box.right <= sight.right) return;
  // Under its annotation, or over it: on it, the pointer would no longer be on the annotation.
  const below = anchor.bottom + GAP + box.height <= sight.bottom;
  const top = below ? anchor.bottom + GAP : anchor.top - GAP - box.height;
  const left = Math.max(sight.left, sight.right - GAP - box.width);
  popup.style.translate = `${left - box.left}px ${top - box.top}px`;
}
