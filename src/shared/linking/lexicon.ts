import { type ComponentId, components } from "../catalogue/index.ts";
import { Matcher, type Spelling } from "./matcher.ts";
import type { Condition } from "./terms/condition.ts";
import { exclusions } from "./terms/exclusions.ts";
import { terms, unlinkedAliases } from "./terms/terms.ts";

/** What a spelling names. */
interface Meaning {
  /** Null: names something that is not linked. */
  readonly component: ComponentId | null;
  readonly when?: Condition;
}

let known: Matcher<Meaning> | undefined;

/** Every spelling of a component. Made when it is first needed: an editor that only reads source would wait for it at its start. */
export function lexicon(): Matcher<Meaning> {
  known ??= new Matcher(spellings());
  return known;
}

/** Of equal ones the last counts: what the tables say of a name replaces what the catalogue says. */
function* spellings(): Generator<Spelling<Meaning>> {
  const unlinked = new Set(unlinkedAliases);
  for (const { id, name, aliases } of components) {
    for (const alias of [name.en, name.ko, ...aliases.en, ...aliases.ko]) {
      if (unlinked.has(alias.toLowerCase())) continue;
      yield { pattern: isAcronym(alias) ? `=${alias}` : alias, value: { component: id } };
    }
  }
  for (const { component, patterns, when } of terms) {
    for (const pattern of patterns) yield { pattern, value: { component, when } };
  }
  for (const pattern of exclusions) yield { pattern, value: { component: null } };
}

/** Short names in capitals, such as GLU, which mean something only as they are written. */
function isAcronym(alias: string): boolean {
  return /^[A-Z]{2,5}$/.test(alias) || /^[A-Z][a-z]?[A-Z]{1,2}$/.test(alias);
}
