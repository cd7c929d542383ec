import { t } from "../../shared/l10n.ts";

/** Says on a page that it could not be drawn, so that a blank one is not taken for the author's. */
export function markDamaged(page: HTMLDivElement, number: number, error: unknown): void {
  page.querySelector(".damaged")?.remove();
  if (!error) return;
  const note = document.createElement("p");
  note.className = "damaged";
  const reason = error instanceof Error ? error.message : String(error);
  note.textContent = t("Page {0} is damaged and cannot be drawn whole ({1}).", number, reason);
  page.append(note);
}
