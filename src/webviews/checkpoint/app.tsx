import { useEffect, useRef } from "preact/hooks";
import { elementsOf } from "../../shared/checkpoint/outline.ts";
import { fileSize } from "../../shared/file-size.ts";
import { t } from "../../shared/l10n.ts";
import { formatCount } from "../../shared/number.ts";
import { Button } from "../kit/controls.tsx";
import { Detail, type DetailActions } from "./detail.tsx";
import * as store from "./store.ts";
import { Tree } from "./tree.tsx";
import { parametersText } from "./words.ts";

export interface AppActions extends DetailActions {
  readonly openIndex: () => void;
  readonly retry: () => void;
}

/** A checkpoint: what it is, its modules and tensors, and what is known of the chosen one. */
export function App({ actions }: { readonly actions: AppActions }) {
  if (store.problem.value !== null)
    return (
      <main class="failed">
        <p role="alert">{store.problem.value}</p>
        <Button onClick={actions.retry}>{t("Try again")}</Button>
      </main>
    );
  if (store.checkpoint.value === null)
    return (
      <main class="failed">
        <p role="status" class="dim">
          {t("Reading headers…")}
        </p>
      </main>
    );
  return (
    <main class="checkpoint">
      <Title actions={actions} />
      {store.outdated.value !== null && (
        <div class="outdated problem">
          <p role="alert">
            {t("This is what the file held before it changed. Now: {0}", store.outdated.value)}
          </p>
          <Button onClick={actions.retry}>{t("Try again")}</Button>
        </div>
      )}
      <Search />
      <div class="columns" aria-hidden="true">
        <span class="row-name">{t("Module or tensor")}</span>
        <span class="row-shape">{t("Shape")}</span>
        <span class="row-type">{t("Type")}</span>
        <span class="row-count">{t("Parameters")}</span>
        <span class="row-bytes">{t("Size")}</span>
      </div>
      <Tree />
      <Detail actions={actions} />
    </main>
  );
}

/** Most types that are named in the title line. */
const TYPES_NAMED = 4;

function Title({ actions }: { readonly actions: AppActions }) {
  const { name, outline } = store.checkpoint.value!;
  const { tensors, files, format, index } = outline;
  const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0);
  const byType = new Map<string, number>();
  for (const { dtype, bytes: own } of tensors) byType.set(dtype, (byType.get(dtype) ?? 0) + own);
  const types = [...byType].sort((a, b) => b[1] - a[1]);
  return (
    <header class="title-line">
      <h1>{name}</h1>
      <div class="chips">
        <span class="chip">{format === "gguf" ? "GGUF" : "safetensors"}</span>
        <span class="chip">
          <b>{parametersText(tensors.reduce((sum, { shape }) => sum + elementsOf(shape), 0))}</b>{" "}
          {t("parameters")}
        </span>
        <span class="chip">{t("{0} tensors", formatCount(tensors.length))}</span>
        <span class="chip">{fileSize(bytes)}</span>
        {files.length > 1 && <span class="chip">{t("{0} files", formatCount(files.length))}</span>}
        {types.slice(0, TYPES_NAMED).map(([type, own]) => (
          <span key={type} class="chip">
            {type} <span class="dim">{shareText(own / Math.max(1, bytes))}</span>
          </span>
        ))}
        {index !== null && <Button onClick={actions.openIndex}>{t("Open all files")}</Button>}
      </div>
    </header>
  );
}

function shareText(share: number): string {
  return share < 0.005 ? "< 1 %" : `${Math.round(100 * share)} %`;
}

function Search() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const find = event.key.toLowerCase() === "f" && (event.ctrlKey || event.metaKey);
      if (!find && (event.key !== "/" || event.target instanceof HTMLInputElement)) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener("keydown", focus);
    return () => document.removeEventListener("keydown", focus);
  }, []);
  const bySize = store.order.value === "size";
  return (
    <div class="search">
      <input
        ref={input}
        class="field"
        type="search"
        placeholder={t("Search names, types and shapes")}
        aria-label={t("Search names, types and shapes")}
        spellcheck={false}
        value={store.query.value}
        onInput={event => (store.query.value = event.currentTarget.value)}
        onKeyDown={event => {
          if (event.key === "Escape") store.query.value = "";
          if (event.key !== "ArrowDown" && event.key !== "Enter") return;
          event.preventDefault();
          store.choose(store.rows.value[0]?.node.id ?? null);
          document.querySelector<HTMLElement>(".tree")?.focus();
        }}
      />
      <button
        type="button"
        class="chip"
        aria-pressed={bySize}
        onClick={() => (store.order.value = bySize ? "name" : "size")}
      >
        {t("Largest first")}
      </button>
      {store.query.value !== "" && (
        <span class="dim small" role="status">
          {t("{0} tensors", formatCount(store.nodes.value.reduce((sum, { count }) => sum + count, 0)))}
        </span>
      )}
    </div>
  );
}
