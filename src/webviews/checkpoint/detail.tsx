import type { ComponentChildren } from "preact";
import { elementsOf } from "../../shared/checkpoint/outline.ts";
import type { CheckpointNode } from "../../shared/checkpoint/tree.ts";
import { fileSize } from "../../shared/file-size.ts";
import { t } from "../../shared/l10n.ts";
import { formatCount, formatNumber } from "../../shared/number.ts";
import { Button, LinkButton } from "../kit/controls.tsx";
import { Histogram } from "./histogram.tsx";
import * as store from "./store.ts";
import { parametersText, shapeText } from "./words.ts";

export interface DetailActions {
  readonly summarise: (tensor: number) => void;
  readonly cancel: () => void;
  readonly openSource: (tensor: number) => void;
  readonly copy: (text: string) => void;
}

/** What is known of the chosen tensor or module, beside the tree. */
export function Detail({ actions }: { readonly actions: DetailActions }) {
  const node = store.chosenRow.value?.node;
  const tensor = store.chosen.value;
  return (
    <section class="detail" aria-label={t("Details")} aria-live="polite">
      {tensor !== null && node ? (
        <TensorDetail index={tensor} node={node} actions={actions} />
      ) : node ? (
        <ModuleDetail node={node} />
      ) : (
        <p class="dim">{t("Choose a tensor to see its numbers.")}</p>
      )}
      <Metadata />
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function ModuleDetail({ node }: { readonly node: CheckpointNode }) {
  const total = store.tensors.value.reduce((sum, { bytes }) => sum + bytes, 0);
  return (
    <>
      <h1>
        <code>{node.id.slice(1)}</code>
      </h1>
      <dl class="facts">
        <Fact name={t("Tensors")}>{formatCount(node.count)}</Fact>
        <Fact name={t("Parameters")}>{formatCount(node.parameters)}</Fact>
        <Fact name={t("Size")}>
          {fileSize(node.bytes)}
          {total > 0 && (
            <span class="dim"> {t("{0} % of all", ((100 * node.bytes) / total).toPrecision(3))}</span>
          )}
        </Fact>
        {node.copies > 1 && (
          <Fact name={t("Each of {0}", formatCount(node.copies))}>
            {parametersText(node.parameters / node.copies)}, {fileSize(node.bytes / node.copies)}
          </Fact>
        )}
      </dl>
    </>
  );
}

function TensorDetail(props: {
  readonly index: number;
  readonly node: CheckpointNode;
  readonly actions: DetailActions;
}) {
  const { index, node, actions } = props;
  const tensor = store.tensors.value[index]!;
  const file = store.checkpoint.value!.outline.files[tensor.file]!.path;
  const last = node.copies - 1;
  const problem = store.sourceProblem.value;
  return (
    <>
      <h1>
        <code>{tensor.name}</code>
      </h1>
      {tensor.parameter !== null && <code class="dim">{tensor.parameter}</code>}
      {node.copies > 1 && (
        <div class="copy-picker">
          <Button
            kind="icon"
            label={t("Previous equal tensor")}
            disabled={store.copy.value === 0}
            onClick={() => (store.copy.value = Math.max(0, store.copy.value - 1))}
          >
            ‹
          </Button>
          <span class="number">
            {t("{0} of {1}", formatCount(store.copy.value + 1), formatCount(node.copies))}
          </span>
          <Button
            kind="icon"
            label={t("Next equal tensor")}
            disabled={store.copy.value === last}
            onClick={() => (store.copy.value = Math.min(last, store.copy.value + 1))}
          >
            ›
          </Button>
        </div>
      )}
      <dl class="facts">
        <Fact name={t("Shape")}>{shapeText(tensor.shape)}</Fact>
        <Fact name={t("Type")}>{tensor.dtype}</Fact>
        <Fact name={t("Parameters")}>{formatCount(elementsOf(tensor.shape))}</Fact>
        <Fact name={t("Size")}>{fileSize(tensor.bytes)}</Fact>
        <Fact name={t("File")}>
          {file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1)}
        </Fact>
        <Fact name={t("Offset")}>{formatCount(tensor.offset)}</Fact>
      </dl>
      <div class="actions">
        <Button onClick={() => actions.openSource(index)}>{t("Open source")}</Button>
        <Button onClick={() => actions.copy(tensor.name)}>{t("Copy name")}</Button>
      </div>
      {problem?.tensor === index && <p class="problem">{problem.message}</p>}
      <NumbersOf index={index} actions={actions} />
    </>
  );
}

function NumbersOf({ index, actions }: { readonly index: number; readonly actions: DetailActions }) {
  const tensor = store.tensors.value[index]!;
  const known = store.numbers.value?.tensor === index ? store.numbers.value : null;
  if (!tensor.readable) return <p class="dim">{t("Numbers of type {0} cannot be read.", tensor.dtype)}</p>;
  if (known === null)
    return (
      <div class="actions">
        <Button kind="primary" onClick={() => actions.summarise(index)}>
          {t("Read numbers")}
        </Button>
      </div>
    );
  if (known.state === "reading")
    return (
      <p role="status">
        {t("Reading {0}…", fileSize(tensor.bytes))}{" "}
        <LinkButton onClick={actions.cancel}>{t("Cancel")}</LinkButton>
      </p>
    );
  if (known.state === "failed")
    return (
      <p class="problem">
        {known.message} <LinkButton onClick={() => actions.summarise(index)}>{t("Try again")}</LinkButton>
      </p>
    );
  const { statistics, read } = known.summary;
  const total = elementsOf(tensor.shape);
  return (
    <section ref={bringIntoView}>
      <h2>{t("Numbers")}</h2>
      <Histogram {...known.summary} />
      <dl class="facts">
        <Fact name={t("Mean")}>{formatNumber(statistics.mean)}</Fact>
        <Fact name={t("Standard deviation")}>{formatNumber(statistics.std)}</Fact>
        <Fact name={t("Least")}>{formatNumber(statistics.min)}</Fact>
        <Fact name={t("Greatest")}>{formatNumber(statistics.max)}</Fact>
        <Fact name={t("Zeros")}>{formatCount(statistics.zeros)}</Fact>
        {statistics.notFinite > 0 && <Fact name={t("Not finite")}>{formatCount(statistics.notFinite)}</Fact>}
      </dl>
      {read < total && (
        <p class="dim small">
          {t("From {0} of {1} elements, spread over the tensor.", formatCount(read), formatCount(total))}
        </p>
      )}
    </section>
  );
}

/** Below the facts there is little room where the details lie under the tree. */
function bringIntoView(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

/** What the file says of itself. */
function Metadata() {
  const entries = store.checkpoint.value?.outline.metadata ?? [];
  if (entries.length === 0) return null;
  return (
    <details class="metadata" open={store.chosenRow.value === null}>
      <summary>{t("Metadata ({0})", entries.length)}</summary>
      <dl>
        {entries.map(([key, value]) => (
          <div key={key}>
            <dt>
              <code>{key}</code>
            </dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
