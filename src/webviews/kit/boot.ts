import { setBundle } from "../../shared/l10n.ts";
import { BOOT_ELEMENT, type Boot } from "../../shared/protocol/boot.ts";

/** What the page was given with its HTML; from here on `t` speaks the UI's language. */
export function readBoot(): Boot {
  const element = document.getElementById(BOOT_ELEMENT);
  if (!element?.textContent) throw new Error(`The page holds no #${BOOT_ELEMENT}.`);
  const boot = JSON.parse(element.textContent) as Boot;
  setBundle(boot.bundle);
  return boot;
}
