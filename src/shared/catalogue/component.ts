import type { ComponentId } from "./ids.ts";

/** One entry of the catalogue: what a mention of it says, how it is found in source, and which panel runs it. */
export interface Component {
  readonly id: ComponentId;
  readonly name: Words;
  /** Other names that readers and papers use. */
  readonly aliases: { readonly en: readonly string[]; readonly ko: readonly string[] };
  /** KaTeX, display style, one line. */
  readonly formula: string;
  /** Two or three sentences. */
  readonly explanation: Words;
  /** The paper that introduced it. */
  readonly paper: Paper;
  /** Whether recognition finds it from the structure of a trace; the others are found by name only. */
  readonly recognised: boolean;
  /** The panel view that runs it. */
  readonly view: "attention" | "general";
  /** How sources usually name it. Structure comes first; these help before a trace exists. */
  readonly hints: SourceHints;
}

export interface Words {
  readonly en: string;
  readonly ko: string;
}

export interface Paper {
  readonly title: string;
  readonly authors: string;
  readonly year: number;
  /** arXiv id; null for what was published elsewhere. */
  readonly arxiv: string | null;
}

export interface SourceHints {
  /** Parts of class names, in camel case: `SelfAttention` finds `BertSelfAttention`. The longest that fits wins. */
  readonly classes: readonly string[];
  /** Attribute, function and variable names, whole. */
  readonly names: readonly string[];
}
