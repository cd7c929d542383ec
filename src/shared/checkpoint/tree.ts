import { elementsOf, type OutlinedTensor } from "./outline.ts";

/** A module of a checkpoint, or a tensor; equal ones in a row of numbered modules are one node. */
export interface CheckpointNode {
  /** Stays the same as long as the tensors do. */
  readonly id: string;
  /** `self_attn`, `q_proj.weight`, `layers.0…79`. */
  readonly label: string;
  /** How many equal modules this is, those around it included; 1 for most. */
  readonly copies: number;
  /** Indices of the tensors that this leaf stands for, one for each copy; null for a module. */
  readonly tensors: readonly number[] | null;
  readonly children: readonly CheckpointNode[];
  /** Of all copies. */
  readonly count: number;
  readonly parameters: number;
  readonly bytes: number;
}

/** Orders siblings: by name, or the largest first. */
export type Order = "name" | "size";

/** The modules of tensors by their names, whose parts are separated by dots. */
export function checkpointTree(tensors: readonly OutlinedTensor[], order: Order): readonly CheckpointNode[] {
  const root = newBranch();
  for (const [index, { name }] of tensors.entries()) {
    let branch = root;
    const parts = name.split(".");
    for (const part of parts.slice(0, -1)) {
      const next = branch.branches.get(part) ?? newBranch();
      branch.branches.set(part, next);
      branch = next;
    }
    branch.leaves.set(parts.at(-1)!, index);
  }
  const kinds = new Map<string, number>();
  kindOf(root, tensors, kinds);
  return childrenOf([root], "", tensors, order);
}

interface Branch {
  readonly branches: Map<string, Branch>;
  readonly leaves: Map<string, number>;
  /** Equal for modules with the same tensors in them. */
  kind: number;
}

const newBranch = (): Branch => ({ branches: new Map(), leaves: new Map(), kind: 0 });

function kindOf(branch: Branch, tensors: readonly OutlinedTensor[], kinds: Map<string, number>): number {
  const parts = [
    ...[...branch.leaves].map(([name, index]) => {
      const { dtype, shape } = tensors[index]!;
      return `${name} ${dtype} ${shape.join(",")}`;
    }),
    ...[...branch.branches].map(([name, inner]) => `${name}/${kindOf(inner, tensors, kinds)}`),
  ].sort();
  const key = parts.join("\n");
  branch.kind = kinds.get(key) ?? kinds.size;
  kinds.set(key, branch.kind);
  return branch.kind;
}

/** @param copies equal branches. */
function childrenOf(
  copies: readonly Branch[],
  id: string,
  tensors: readonly OutlinedTensor[],
  order: Order,
): readonly CheckpointNode[] {
  const first = copies[0]!;
  const leaves = [...first.leaves.keys()].map((name): CheckpointNode => {
    const indices = copies.map(copy => copy.leaves.get(name)!);
    const { shape } = tensors[indices[0]!]!;
    return {
      id: `${id}.${name}`,
      label: name,
      copies: copies.length,
      tensors: indices,
      children: [],
      count: indices.length,
      parameters: indices.length * elementsOf(shape),
      bytes: indices.reduce((sum, index) => sum + tensors[index]!.bytes, 0),
    };
  });
  const modules = equalOnes(first).map(names => {
    const inner = names.flatMap(name => copies.map(copy => copy.branches.get(name)!));
    const label = names.length === 1 ? names[0]! : ranges(names.map(Number));
    const children = childrenOf(inner, `${id}.${label}`, tensors, order);
    return moduleNode(`${id}.${label}`, label, inner.length, children);
  });
  const compare =
    order === "size" ? (a: CheckpointNode, b: CheckpointNode) => b.bytes - a.bytes || byName(a, b) : byName;
  return [...leaves, ...modules].sort(compare);
}

/** A module; one that holds a single thing is one row with it. */
function moduleNode(
  id: string,
  label: string,
  copies: number,
  children: readonly CheckpointNode[],
): CheckpointNode {
  const [only, ...others] = children;
  if (only && others.length === 0) return { ...only, label: `${label}.${only.label}` };
  const sum = (of: (node: CheckpointNode) => number) => children.reduce((total, node) => total + of(node), 0);
  return {
    id,
    label,
    copies,
    tensors: null,
    children,
    count: sum(node => node.count),
    parameters: sum(node => node.parameters),
    bytes: sum(node => node.bytes),
  };
}

/** The names of a branch's modules; numbered ones that are equal stand together. */
function equalOnes({ branches }: Branch): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  for (const [name, { kind }] of branches) {
    const key = /^\d+$/.test(name) ? `${kind}` : `.${name}`;
    const group = groups.get(key);
    if (group) group.push(name);
    else groups.set(key, [name]);
  }
  return [...groups.values()].map(names => names.toSorted((a, b) => Number(a) - Number(b)));
}

/** `0…79`, `0…9, 20…29`. */
function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}…${to}`)).join(", ");
}

const collator = new Intl.Collator("en", { numeric: true });
const byName = (a: CheckpointNode, b: CheckpointNode) => collator.compare(a.label, b.label);

/** A node as it stands in the list. */
export interface CheckpointRow {
  readonly node: CheckpointNode;
  /** From 1. */
  readonly level: number;
  readonly parent: string | null;
  /** Among its siblings, from 1. */
  readonly position: number;
  readonly siblings: number;
}

/** The rows that are on screen when these nodes are open. */
export function visibleRows(
  nodes: readonly CheckpointNode[],
  isOpen: (node: CheckpointNode) => boolean,
): readonly CheckpointRow[] {
  const rows: CheckpointRow[] = [];
  const add = (siblings: readonly CheckpointNode[], level: number, parent: string | null): void => {
    for (const [at, node] of siblings.entries()) {
      rows.push({ node, level, parent, position: at + 1, siblings: siblings.length });
      if (node.children.length > 0 && isOpen(node)) add(node.children, level + 1, node.id);
    }
  };
  add(nodes, 1, null);
  return rows;
}

/** Ids of the nodes that may be open at first: level by level, as long as the list has at most `most` rows. */
export function openAtFirst(nodes: readonly CheckpointNode[], most: number): ReadonlySet<string> {
  const open = new Set<string>();
  let rows = nodes.length;
  for (let level = nodes; level.length > 0; level = level.flatMap(node => node.children)) {
    const more = level.reduce((sum, node) => sum + node.children.length, 0);
    if (rows + more > most) break;
    rows += more;
    for (const node of level) if (node.children.length > 0) open.add(node.id);
  }
  return open;
}

/** The leaf that stands for a tensor, with the modules around it, outermost first; empty where there is none. */
export function pathTo(nodes: readonly CheckpointNode[], tensor: number): readonly CheckpointNode[] {
  for (const node of nodes) {
    if (node.tensors?.includes(tensor)) return [node];
    const inner = pathTo(node.children, tensor);
    if (inner.length > 0) return [node, ...inner];
  }
  return [];
}

/** The tensors whose name, type or shape holds every word of a query. */
export function matchingTensors(
  tensors: readonly OutlinedTensor[],
  query: string,
): readonly OutlinedTensor[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return tensors.filter(({ name, parameter, dtype, shape }) => {
    const text = `${name} ${parameter ?? ""} ${dtype} ${shape.join("×")}`.toLowerCase();
    return words.every(word => text.includes(word.replaceAll("x", "×")) || text.includes(word));
  });
}
