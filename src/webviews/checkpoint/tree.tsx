import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { CheckpointRow } from "../../shared/checkpoint/tree.ts";
import { fileSize } from "../../shared/file-size.ts";
import { t } from "../../shared/l10n.ts";
import { formatCount } from "../../shared/number.ts";
import * as store from "./store.ts";
import { parametersText, shapeText } from "./words.ts";

/** Height of a row, and rows drawn beyond the edges of the view. */
const ROW = 24;
const MARGIN = 10;

/** The modules and tensors of a checkpoint; only the rows in view are elements of the page. */
export function Tree() {
  const element = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const rows = store.rows.value;
  const cursor = store.cursor.value;
  const at = rows.findIndex(({ node }) => node.id === cursor);

  useLayoutEffect(() => {
    const list = element.current!;
    const measure = () => setView({ top: list.scrollTop, height: list.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(list);
    list.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      list.removeEventListener("scroll", measure);
    };
  }, []);

  useEffect(() => {
    const list = element.current!;
    if (at < 0) return;
    if (at * ROW < list.scrollTop) list.scrollTop = at * ROW;
    else if ((at + 1) * ROW > list.scrollTop + list.clientHeight)
      list.scrollTop = (at + 1) * ROW - list.clientHeight;
  }, [at]);

  const first = Math.max(0, Math.floor(view.top / ROW) - MARGIN);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / ROW) + MARGIN);
  const largest = Math.max(1, ...store.nodes.value.map(({ bytes }) => bytes));
  return (
    <div
      ref={element}
      class="tree"
      role="tree"
      tabIndex={0}
      aria-label={t("Modules and tensors")}
      aria-activedescendant={at >= 0 && at >= first && at < last ? rowId(at) : undefined}
      onKeyDown={event => {
        if (event.altKey || event.ctrlKey || event.metaKey || !move(event.key, rows, at, view.height)) return;
        event.preventDefault();
      }}
    >
      <div class="tree-space" style={{ height: `${rows.length * ROW}px` }}>
        {rows.slice(first, last).map((row, i) => (
          <Row key={row.node.id} row={row} index={first + i} chosen={first + i === at} largest={largest} />
        ))}
      </div>
    </div>
  );
}

const rowId = (index: number) => `row-${index}`;

function Row(props: {
  readonly row: CheckpointRow;
  readonly index: number;
  readonly chosen: boolean;
  /** Bytes that fill the bar. */
  readonly largest: number;
}) {
  const { node, level, position, siblings } = props.row;
  const module = node.tensors === null;
  const open = module && store.isOpen(node);
  const tensor = module ? null : store.tensorOf(node);
  const shape = tensor ? shapeText(tensor.shape) : undefined;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree around it has the keyboard
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus, aria-activedescendant the row
    <div
      id={rowId(props.index)}
      class={`row ${props.chosen ? "chosen" : ""}`}
      role="treeitem"
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-expanded={module ? open : undefined}
      aria-selected={props.chosen}
      style={{ transform: `translateY(${props.index * ROW}px)` }}
      onClick={() => {
        store.choose(node.id);
        if (module) store.turn(node);
      }}
    >
      <span class="row-name" style={{ paddingInlineStart: `${(level - 1) * 16}px` }}>
        <span class={`twistie ${module ? (open ? "open" : "closed") : ""}`} />
        <code class={module ? "module" : ""}>{node.label}</code>{" "}
        {node.copies > 1 && <span class="copies">× {formatCount(node.copies)}</span>}
      </span>
      <span class="row-shape number" title={shape}>
        {shape}
      </span>
      <span class="row-type number">{tensor?.dtype}</span>
      <span class="row-count number">{parametersText(node.parameters)}</span>
      <span class="row-bytes number">
        {fileSize(node.bytes)}
        <span class="share" style={{ width: `${(100 * node.bytes) / props.largest}%` }} />
      </span>
    </div>
  );
}

/** What a key does, as in the editor's own trees; false for other keys. */
function move(key: string, rows: readonly CheckpointRow[], at: number, height: number): boolean {
  const go = (to: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (row) store.choose(row.node.id);
    return true;
  };
  const row = rows[at];
  const page = Math.max(1, Math.floor(height / ROW) - 1);
  switch (key) {
    case "ArrowDown":
      return go(at + 1);
    case "ArrowUp":
      return go(at < 0 ? 0 : at - 1);
    case "PageDown":
      return go(at + page);
    case "PageUp":
      return go(at - page);
    case "Home":
      return go(0);
    case "End":
      return go(rows.length - 1);
    case "ArrowRight":
      if (!row || row.node.tensors !== null) return true;
      if (store.isOpen(row.node)) return go(at + 1);
      store.turn(row.node, true);
      return true;
    case "ArrowLeft":
      if (!row) return true;
      if (row.node.tensors === null && store.isOpen(row.node)) store.turn(row.node, false);
      else if (row.parent !== null) store.choose(row.parent);
      return true;
    case "Enter":
    case " ":
      if (row?.node.tensors === null) store.turn(row.node);
      return true;
    default:
      return false;
  }
}
