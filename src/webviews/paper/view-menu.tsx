import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { t } from "../../shared/l10n.ts";
import * as store from "./store.ts";

/** What the menu can do. */
export interface ViewActions {
  fit(zoom: FittingZoom): void;
  turn(degrees: 90 | -90): void;
  setTwoPages(on: boolean): void;
  openExternally(): void;
}

/** Pixels between the menu and the edge of the window. */
const GAP = 6;

interface Item {
  readonly label: string;
  /** Of what is on or off. */
  readonly checked?: boolean;
  readonly run: () => void;
}

/** Zooms that follow the size of the window. */
export const FITTING_ZOOMS = ["page-width", "page-fit"] as const;
export type FittingZoom = (typeof FITTING_ZOOMS)[number];

export function fittingLabel(zoom: FittingZoom): string {
  return zoom === "page-width" ? t("Fit width") : t("Fit page");
}

/** How pages are laid out, behind one button; `fits` where the toolbar itself has no room for the fitting zooms. */
export function ViewMenu({ actions, fits }: { readonly actions: ViewActions; readonly fits: boolean }) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!open) return;
    keepInWindow(root.current?.querySelector<HTMLElement>(".menu") ?? null);
    const ending = new AbortController();
    root.current?.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
    document.addEventListener(
      "pointerdown",
      event => {
        if (!(event.target instanceof Node && root.current?.contains(event.target))) setOpen(false);
      },
      { signal: ending.signal, capture: true },
    );
    return () => ending.abort();
  }, [open]);

  const items: readonly Item[] = [
    ...(fits ? FITTING_ZOOMS : []).map(zoom => ({
      label: fittingLabel(zoom),
      checked: store.scaleValue.value === zoom,
      run: () => actions.fit(zoom),
    })),
    {
      label: t("Two pages"),
      checked: store.twoPages.value,
      run: () => actions.setTwoPages(!store.twoPages.value),
    },
    { label: t("Turn right"), run: () => actions.turn(90) },
    { label: t("Turn left"), run: () => actions.turn(-90) },
    { label: t("Open externally"), run: () => actions.openExternally() },
  ];
  const close = () => {
    setOpen(false);
    root.current?.querySelector<HTMLElement>(".toggle")?.focus();
  };
  const move = (step: number) => {
    const all = [...(root.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
    const at = all.indexOf(document.activeElement as HTMLElement);
    all[(at + step + all.length) % all.length]?.focus();
  };
  return (
    <div class="menu-root" ref={root}>
      <button
        type="button"
        class="toggle"
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {t("View")}
      </button>
      {open && (
        <div
          class="menu"
          role="menu"
          aria-label={t("View")}
          onKeyDown={event => {
            if (event.key === "Escape") close();
            else if (event.key === "Tab") setOpen(false);
            else if (event.key === "ArrowDown") move(1);
            else if (event.key === "ArrowUp") move(-1);
            if (event.key === "Tab" || !/^(Escape|Arrow(Down|Up))$/.test(event.key)) return;
            event.preventDefault();
            event.stopPropagation();
          }}
        >
          {items.map(({ label, checked, run }) => (
            <button
              type="button"
              key={label}
              {...(checked === undefined
                ? { role: "menuitem" }
                : { role: "menuitemcheckbox", "aria-checked": checked })}
              tabIndex={-1}
              onClick={() => {
                run();
                close();
              }}
            >
              <span class="check" aria-hidden="true">
                {checked ? "✓" : ""}
              </span>
              {label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

/** Moves a menu to the left that would reach beyond the window. */
function keepInWindow(menu: HTMLElement | null): void {
  if (menu !== null)
    menu.style.left = `${Math.min(0, innerWidth - GAP - menu.getBoundingClientRect().right)}px`;
}
