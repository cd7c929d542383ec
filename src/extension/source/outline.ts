import {
  type ClassDefinition,
  definitions,
  type PythonDocument,
  parsePython,
} from "../../shared/python/index.ts";

/** A class at the top level of a Python file, as far as its syntax shows. */
export interface PythonClass {
  readonly name: string;
  /** As they are written, without arguments: `nn.Module`, `PreTrainedModel`. */
  readonly bases: readonly string[];
  /** From 0; the line of `class`. */
  readonly line: number;
  /** From 0, exclusive. */
  readonly endLine: number;
  readonly hasForward: boolean;
  /** Parameters of `__init__` after self that have no default; null where there is no `__init__`. */
  readonly required: readonly string[] | null;
  /** Classes that are called in its body, by their capital letter. */
  readonly calls: ReadonlySet<string>;
  /** Value of `model_type = "…"` in the class body. */
  readonly modelType: string | null;
}

/** Whether a file has to do with PyTorch at all; in others, names such as `query` mean something else. */
export function usesTorch(text: string): boolean {
  return /\b(torch|transformers)\b/.test(text);
}

/** Top-level classes of a file, whose text may be half typed. */
export function outline(source: string | PythonDocument): readonly PythonClass[] {
  const document = typeof source === "string" ? parsePython(source) : source;
  return definitions(document).flatMap(definition =>
    definition.kind === "class" ? [describe(definition)] : [],
  );
}

/**
 * Names of the classes that are modules: those that inherit from `Module` or from a library's module class, directly or
 * through another class of the file.
 */
export function moduleClasses(classes: readonly PythonClass[]): readonly PythonClass[] {
  const byName = new Map(classes.map(entry => [entry.name, entry]));
  const known = new Map<string, boolean>();
  const isModule = (entry: PythonClass): boolean => {
    const before = known.get(entry.name);
    if (before !== undefined) return before;
    known.set(entry.name, false);
    const answer = entry.bases.some(base => {
      const own = byName.get(base);
      return own ? isModule(own) : libraryModule(base) || (entry.hasForward && base !== "Function");
    });
    known.set(entry.name, answer);
    return answer;
  };
  return classes.filter(isModule);
}

/** Whether a class only holds what others of the file build on: it neither makes nor computes anything itself. */
export function isFoundation(entry: PythonClass, classes: readonly PythonClass[]): boolean {
  return (
    !entry.hasForward && entry.required === null && classes.some(({ bases }) => bases.includes(entry.name))
  );
}

/** `nn.Module`, torch.nn's own layers, and transformers' bases, which end in one of these words. */
function libraryModule(base: string): boolean {
  return /^(torch\.)?nn\.\w+$/.test(base) || /(Module|PreTrainedModel|Layer)$/.test(base);
}

function describe({ name, bases, line, endLine, methods, calls, literals }: ClassDefinition): PythonClass {
  const constructorParameters = methods.get("__init__");
  const modelType = literals.get("model_type");
  return {
    name,
    bases,
    line,
    endLine,
    hasForward: methods.has("forward"),
    required:
      constructorParameters
        ?.filter(parameter => parameter.name !== "self" && !parameter.hasDefault)
        .map(parameter => parameter.name) ?? null,
    calls: new Set([...calls].filter(called => /^[A-Z]/.test(called))),
    modelType: typeof modelType === "string" && modelType !== "" ? modelType : null,
  };
}
