/** A class at the top level of a Python file, as far as its lines show. */
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

/**
 * Top-level classes of a file, found line by line: no parser, so that it costs well under a millisecond per thousand
 * lines and bears any half-typed text. Text inside triple quotes is skipped.
 */
export function outline(text: string): readonly PythonClass[] {
  const lines = text.split("\n");
  const classes: PythonClass[] = [];
  let quote: string | null = null;
  let open: { header: RegExpExecArray; line: number } | null = null;
  const close = (endLine: number) => {
    if (open) classes.push(describe(open.header, open.line, lines.slice(open.line, endLine)));
    open = null;
  };
  for (let number = 0; number < lines.length; number++) {
    const line = lines[number]!;
    const outside = quote === null;
    quote = quoteAfter(line, quote);
    if (!outside || !/^\S/.test(line) || /^[#)\]}]/.test(line)) continue;
    const header = /^class\s+(\w+)/.exec(line);
    close(number);
    if (header) open = { header, line: number };
  }
  close(lines.length);
  return classes;
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

/** `nn.Module`, torch.nn's own layers, and transformers' bases, which end in one of these words. */
function libraryModule(base: string): boolean {
  return /^(torch\.)?nn\.\w+$/.test(base) || /(Module|PreTrainedModel|Layer)$/.test(base);
}

function describe(header: RegExpExecArray, line: number, body: readonly string[]): PythonClass {
  const text = body.join("\n");
  const bases = /^class\s+\w+\s*\(([^)]*)\)/.exec(text)?.[1] ?? "";
  const init = /^[ \t]+def __init__\s*\(([\s\S]*?)\)\s*(?:->[^:\n]+)?:/m.exec(text)?.[1];
  let length = body.length;
  while (length > 1 && body[length - 1]!.trim() === "") length--;
  return {
    name: header[1]!,
    bases: bases
      .split(",")
      .map(base => base.replace(/#.*/g, "").trim())
      .filter(base => base !== "" && !base.includes("=")),
    line,
    endLine: line + length,
    hasForward: /^[ \t]+(async )?def forward\s*\(/m.test(text),
    required: init === undefined ? null : requiredParameters(init),
    calls: new Set(Array.from(text.matchAll(/\b([A-Z]\w*)\s*\(/g), call => call[1]!)),
    modelType: /^[ \t]+model_type\s*(?::[^=]+)?=\s*["']([\w.-]+)["']/m.exec(text)?.[1] ?? null,
  };
}

/** Names without a default, in order; `*args`, `**kwargs` and markers do not count. */
function requiredParameters(list: string): readonly string[] {
  const names: string[] = [];
  let depth = 0;
  let current = "";
  for (const character of `${list.replace(/#[^\n]*/g, "")},`) {
    if ("([{".includes(character)) depth++;
    if (")]}".includes(character)) depth--;
    if (character !== "," || depth > 0) {
      current += character;
      continue;
    }
    const parameter = current.trim();
    current = "";
    if (parameter === "" || parameter === "self" || /^[*/]/.test(parameter) || parameter.includes("="))
      continue;
    names.push(/^\w+/.exec(parameter)?.[0] ?? parameter);
  }
  return names;
}

/** The triple quote that is open after a line, given the one that was open before it. */
function quoteAfter(line: string, before: string | null): string | null {
  if (before === null && !line.includes('"""') && !line.includes("'''")) return null;
  let quote = before;
  for (const [mark] of line.matchAll(/"""|'''|#(?=[^"']*$)/g)) {
    if (quote === null) {
      if (mark === "#") break;
      quote = mark;
    } else if (mark === quote) quote = null;
  }
  return quote;
}
