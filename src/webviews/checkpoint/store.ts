import { computed, signal } from "@preact/signals";
import type { OutlinedTensor, TensorSummary } from "../../shared/checkpoint/outline.ts";
import {
  type CheckpointNode,
  checkpointTree,
  matchingTensors,
  type Order,
  openAtFirst,
  pathTo,
  visibleRows,
} from "../../shared/checkpoint/tree.ts";
import type { CheckpointDocument } from "../../shared/protocol/checkpoint.ts";

/** Rows that are open without being asked for: what fits on a screen. */
const ROWS_AT_FIRST = 40;
/** While searching there is room for more: what was found should be seen. */
const ROWS_FOUND = 2000;

/** What the page shows, and why it shows nothing. */
export const checkpoint = signal<CheckpointDocument | null>(null);
export const problem = signal<string | null>(null);
/** Why what is shown is no longer what is on disk. */
export const outdated = signal<string | null>(null);

export const query = signal("");
export const order = signal<Order>("name");
/** Nodes that the reader opened or closed, against what is open at first. */
const turned = signal<ReadonlyMap<string, boolean>>(new Map());
/** The node under the keyboard cursor. */
export const cursor = signal<string | null>(null);
/** Which of the copies of a leaf is looked at. */
export const copy = signal(0);

/** The numbers of a tensor, as far as they were asked for. */
export type Numbers =
  | { readonly tensor: number; readonly state: "reading" }
  | { readonly tensor: number; readonly state: "read"; readonly summary: TensorSummary }
  | { readonly tensor: number; readonly state: "failed"; readonly message: string };
export const numbers = signal<Numbers | null>(null);
/** Why a tensor's source cannot be shown. */
export const sourceProblem = signal<{ readonly tensor: number; readonly message: string } | null>(null);

export const tensors = computed(() => checkpoint.value?.outline.tensors ?? []);
const indices = computed(() => new Map(tensors.value.map((tensor, index) => [tensor, index])));
const found = computed(() => matchingTensors(tensors.value, query.value));
export const nodes = computed(() => checkpointTree(found.value, order.value));
const open = computed(() => openAtFirst(nodes.value, query.value === "" ? ROWS_AT_FIRST : ROWS_FOUND));
export const isOpen = (node: CheckpointNode) => turned.value.get(node.id) ?? open.value.has(node.id);
export const rows = computed(() => visibleRows(nodes.value, isOpen));

export const chosenRow = computed(() => rows.value.find(({ node }) => node.id === cursor.value) ?? null);
/** Index of the tensor that is looked at; null for a module, or nothing. */
export const chosen = computed(() => {
  const leaf = chosenRow.value?.node.tensors;
  const tensor = leaf && found.value[leaf[Math.min(copy.value, leaf.length - 1)]!];
  return tensor ? indices.value.get(tensor)! : null;
});

/** The first tensor of a leaf: all of its copies have the same shape and type. */
export function tensorOf({ tensors: leaf }: CheckpointNode): OutlinedTensor | null {
  return found.value[leaf?.[0] ?? -1] ?? null;
}

export function turn(node: CheckpointNode, to = !isOpen(node)): void {
  turned.value = new Map(turned.value).set(node.id, to);
}

export function choose(id: string | null): void {
  if (cursor.value === id) return;
  cursor.value = id;
  copy.value = 0;
}

/** Shows a checkpoint, or what became of the one that is shown: what was looked at and opened stays so. */
export function show(document: CheckpointDocument): void {
  const name = tensors.value[chosen.value ?? -1]?.name;
  checkpoint.value = document;
  outdated.value = null;
  numbers.value = null;
  sourceProblem.value = null;
  const same = name === undefined ? -1 : document.outline.tensors.findIndex(each => each.name === name);
  const tensor = document.revealed[0] ?? (same < 0 ? undefined : same);
  if (tensor !== undefined) reveal(tensor);
}

/** Opens the modules around a tensor and chooses it. */
export function reveal(tensor: number): void {
  const wanted = tensors.value[tensor];
  if (!wanted) return;
  if (!found.value.includes(wanted)) query.value = "";
  const path = pathTo(nodes.value, found.value.indexOf(wanted));
  const leaf = path.at(-1);
  if (!leaf) return;
  const next = new Map(turned.value);
  for (const node of path.slice(0, -1)) next.set(node.id, true);
  turned.value = next;
  cursor.value = leaf.id;
  copy.value = leaf.tensors!.indexOf(found.value.indexOf(wanted));
}
