import type { Recipe } from "./recipes.ts";

/** Recipes that a trace has shown to hold, by file and class: panels then run what the editor shows. */
export class ProvenRecipes {
  readonly #known = new Map<string, Recipe>();

  of(file: string, className: string): Recipe | undefined {
    return this.#known.get(`${file}#${className}`);
  }

  set(file: string, className: string, recipe: Recipe | null): void {
    if (recipe) this.#known.set(`${file}#${className}`, recipe);
    else this.#known.delete(`${file}#${className}`);
  }
}
