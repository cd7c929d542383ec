import { valid } from "@renovatebot/pep440";
import { normalName } from "../models/package-index.ts";
import { allows } from "./release-version.ts";

/** A line of `Requires-Dist` (PEP 508): `einx (>=0.3); python_version < "3.12" and extra == "jax"`. */
export interface Requirement {
  /** As the index knows it: lower case, with hyphens. */
  readonly name: string;
  /** "" where any release will do. */
  readonly specifier: string;
  /** Condition under which it counts; "" where it always does. */
  readonly marker: string;
}

/** Values of a marker's variables, by name. */
export type MarkerEnvironment = Readonly<Record<string, string>>;

/** Null for what cannot be read, and for what has an address of its own (`name @ https://…`), which no index was asked for. */
export function parseRequirement(text: string): Requirement | null {
  const match = /^\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*([^;@]*)(?:;(.*))?$/.exec(text);
  if (match === null) return null;
  const [, name, specifier, marker = ""] = match;
  return {
    name: normalName(name!),
    specifier: specifier!.trim().replace(/^\((.*)\)$/, "$1"),
    marker: marker.trim(),
  };
}

/** Whether a marker holds. One that cannot be read does not: what it would bring is not fetched on a guess. */
export function holds(marker: string, environment: MarkerEnvironment): boolean {
  if (marker === "") return true;
  const tokens = marker.match(/"[^"]*"|'[^']*'|\(|\)|~=|===?|!=|<=|>=|<|>|[A-Za-z_.]+/g) ?? [];
  const reader = new MarkerReader(tokens, environment);
  try {
    return reader.read();
  } catch {
    return false;
  }
}

/** `or` of `and` of comparisons and parentheses (PEP 508, grammar). */
class MarkerReader {
  readonly #tokens: readonly string[];
  readonly #environment: MarkerEnvironment;
  #at = 0;

  constructor(tokens: readonly string[], environment: MarkerEnvironment) {
    this.#tokens = tokens;
    this.#environment = environment;
  }

  read(): boolean {
    const value = this.#either();
    if (this.#at < this.#tokens.length) throw new SyntaxError(this.#tokens[this.#at]);
    return value;
  }

  #either(): boolean {
    let value = this.#both();
    while (this.#take("or")) value = this.#both() || value;
    return value;
  }

  #both(): boolean {
    let value = this.#one();
    while (this.#take("and")) value = this.#one() && value;
    return value;
  }

  #one(): boolean {
    if (this.#take("(")) {
      const value = this.#either();
      if (!this.#take(")")) throw new SyntaxError("unclosed");
      return value;
    }
    const left = this.#operand();
    const operator = this.#next();
    if (operator === "not" && !this.#take("in")) throw new SyntaxError(operator);
    return compared(left, operator === "not" ? "not in" : operator, this.#operand());
  }

  #operand(): string {
    const token = this.#next();
    if (/^["']/.test(token)) return token.slice(1, -1);
    const value = this.#environment[token];
    if (value === undefined) throw new SyntaxError(token);
    return value;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new SyntaxError("ends early");
    return token;
  }
}

function compared(left: string, operator: string, right: string): boolean {
  if (operator === "in") return right.includes(left);
  if (operator === "not in") return !right.includes(left);
  // Release numbers are compared as such, everything else as text.
  if ([left, right.replace(/\.\*$/, "")].every(text => valid(text) !== null))
    return allows(`${operator}${right}`, left);
  if (operator === "==" || operator === "===") return left === right;
  if (operator === "!=") return left !== right;
  throw new SyntaxError(operator);
}
