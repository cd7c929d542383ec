import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfig } from "../../src/runtime/live/config-json.ts";
import type { TraceRequest } from "../../src/shared/trace.ts";
import { seeded } from "./graphs.ts";
import { packageFolders } from "./packages.ts";
import { fixturesDirectory, projectDirectory, transformersDirectory } from "./paths.ts";

/** A source that is traced as it stands, and what to call it on (`kind sizes`, see package-cases.ts). */
export interface Original {
  readonly request: Omit<TraceRequest, "inputs" | "checkpointNames" | "overlay">;
  readonly inputs: Readonly<Record<string, string>>;
}

/** A source with one to three changes. */
export interface Mutant {
  readonly original: Original;
  readonly text: string;
  /** What was done to it. */
  readonly changes: readonly string[];
  /** It is broken or means harm: to be traced alone, where it can do none. */
  readonly hostile: boolean;
}

/** Our own sources, those in other styles and, where it is at hand, transformers'. */
export function originals(): Original[] {
  const own = (source: string, name: string, inputs: Original["inputs"], rest: Partial<TraceRequest>) => ({
    request: { source, class: name, config: null, transformers: null, ...rest },
    inputs,
  });
  const fixtures = fixturesDirectory("tracer");
  const style = (
    file: string,
    construct: string,
    inputs: Original["inputs"],
    rest: Partial<TraceRequest> = {},
  ) => own(join(fixtures, "styles", file), construct.split("(")[0]!, inputs, { construct, ...rest });
  const loops = join(fixtures, "loops.py");
  const config = JSON.parse(readFileSync(join(fixtures, "llama-config.json"), "utf8"));
  const llama = join(projectDirectory, "media", "sources", "llama.py");
  const tiny = { config: { model_type: "tiny", vocab_size: 32, width: 16, heads: 2, layers: 2 } };
  return [
    own(llama, "LlamaForCausalLM", { input_ids: "i50 2,6" }, { config }),
    own(join(fixtures, "tiny.py"), "TinyModel", { input_ids: "i32 2,6" }, tiny),
    style("nanogpt.py", "GPT(GPTConfig())", { idx: "i61 2,7" }),
    style("llama.py", "Transformer(ModelArgs())", { tokens: "i61 2,7" }),
    style("vit.py", "VisionTransformer()", { img: "f 2,3,32,32" }),
    style("vit_einops.py", "ViT()", { img: "f 2,3,32,32" }, { packages: packageFolders() }),
    ...["SelectiveScan", "Recurrent", "Chunked", "Sums"].map(name =>
      own(loops, name, { x: "f 2,5,6" }, { arguments: {} }),
    ),
    ...library(),
  ];
}

const TEXT = { input_ids: "i99 2,6" };
const IMAGE = { pixel_values: "f 2,3,32,32" };
const LIBRARY: Readonly<Record<string, Original["inputs"]>> = {
  gpt2: TEXT,
  bert: TEXT,
  llama: TEXT,
  qwen3: TEXT,
  mixtral: TEXT,
  t5: { ...TEXT, decoder_input_ids: "i99 2,4" },
  vit: IMAGE,
};

function library(): Original[] {
  const transformers = transformersDirectory();
  if (!existsSync(transformers)) return [];
  return Object.entries(LIBRARY).map(([name, inputs]) => {
    const fixture = join(fixturesDirectory("architectures"), name);
    const known = JSON.parse(readFileSync(join(fixture, "case.json"), "utf8"));
    return {
      request: {
        source: join(transformers, "transformers", ...known.source.split("/")),
        class: known.class,
        config: parseConfig(readFileSync(join(fixture, "config.json"), "utf8")) as Record<string, unknown>,
        transformers,
      },
      inputs,
    };
  });
}

/** The same number always gives the same mutant of the same originals. */
export function mutant(number: number, among: readonly Original[]): Mutant {
  const random = seeded(7919 * (number + 1));
  const original = among[number % among.length]!;
  let text = readFileSync(original.request.source, "utf8");
  const changes: string[] = [];
  // Most changes leave a source that still means something; every fourth mutant gets what never should end well.
  const table = number % 4 === 3 ? HOSTILE : SLIPS;
  const count = table === HOSTILE ? 1 : 1 + Math.floor(random() * 2);
  for (let i = 0; i < count; i++) {
    const [name, change] = table[Math.floor(random() * table.length)]!;
    text = change(text, random);
    changes.push(name);
  }
  return { original, text, changes, hostile: table === HOSTILE };
}

type Random = () => number;
type Change = readonly [name: string, (text: string, random: Random) => string];

/** Slips of an editor's hand. */
const SLIPS: readonly Change[] = [
  ["a line deleted", byLine((lines, at) => lines.toSpliced(at, 1))],
  ["a line deleted", byLine((lines, at) => lines.toSpliced(at, 1))],
  ["a line twice", byLine((lines, at) => lines.toSpliced(at, 0, lines[at]!))],
  ["two lines swapped", byLine((lines, at) => lines.toSpliced(at, 2, lines[at + 1] ?? "", lines[at]!))],
  ["another number", replaced(/(?<![\w.])\d+(?![\w.])/g, otherNumber)],
  ["another number", replaced(/(?<![\w.])\d+(?![\w.])/g, otherNumber)],
  [
    "another fraction",
    replaced(/\d*\.\d+|1e-\d+/g, (_, random) => pick(["0.0", "1.5", "1e30", "-2.0"], random)),
  ],
  [
    "another operator",
    replaced(
      / (\+|-|\*|\/|\/\/|%|@) /g,
      (_, random) => ` ${pick(["+", "-", "*", "/", "//", "%", "@"], random)} `,
    ),
  ],
  [
    "another comparison",
    replaced(/ (==|!=|<|<=|>|>=) /g, (_, random) => ` ${pick(["==", "!=", "<", ">=", ">"], random)} `),
  ],
  ["a name renamed once", replaced(/(?<=[ .(=])[a-z_]{3,}\b/g, name => `${name}_`)],
  ["a name for another", otherName],
  ["another function", otherFunction],
  ["True for False", replaced(/\b(True|False)\b/g, word => (word === "True" ? "False" : "True"))],
  ["and for or", replaced(/\b(and|or)\b/g, word => (word === "and" ? "or" : "and"))],
  ["an argument left out", replaced(/, [^,()\n]+(?=[,)])/g, () => "")],
  ["a sign", replaced(/(?<=[(=] ?)(?=[a-z])/g, () => "-")],
];

/** What is broken or means harm. */
const HOSTILE: readonly Change[] = [
  ["cut off", (text, random) => text.slice(0, Math.floor(text.length * random()))],
  ["a bracket lost", replaced(/[()[\]{}]/g, () => "")],
  ["a null byte", spliced("\0")],
  ["characters from afar", spliced("\u200b\u2028é√\u{1f600}")],
  ["a name in other letters", replaced(/\bself\b/g, () => "ſelf")],
  ["tabs", replaced(/^ {8}/gm, () => "\t")],
  ["a carriage return for every line", text => text.replaceAll("\n", "\r")],
  ["a mark at the beginning", text => `\ufeff${text}`],
  ["a loop without an end", inBody("while True: pass")],
  [
    "a loop that cannot be interrupted",
    inBody("while True:\n    try:\n        while True: pass\n    except BaseException: pass"),
  ],
  ["a loop of operations", inBody("while True: torch.zeros(3) + 1")],
  ["recursion", inBody("(lambda f: f(f))(lambda f: f(f))")],
  ["a huge tensor", inBody("huge = torch.zeros(10**9) + 1; huge.tolist()")],
  ["a huge list", inBody("huge = list(range(10**9))")],
  ["a huge number", inBody("huge = 10 ** 10 ** 8")],
  ["a huge text", inBody("huge = 'x' * 10 ** 10")],
  ["an exit", inBody("import sys; sys.exit(3)")],
  ["a hard exit", inBody("import os; os._exit(3)")],
  ["an abort", inBody("import os; os.abort()")],
  ["a signal", inBody("import os, signal; os.kill(os.getpid(), signal.SIGINT)")],
  ["a command", inBody("import os; os.system('true')")],
  ["a file", inBody("open('/nowhere/at/all', 'w')")],
  ["a thread", inBody("import threading; threading.Thread(target=print).start()")],
  ["an interruption", inBody("raise KeyboardInterrupt")],
  ["an end of the generator", inBody("raise GeneratorExit")],
  [
    "an exception that cannot be shown",
    inBody("raise type('E', (Exception,), {'__str__': lambda self: 1 / 0})()"),
  ],
  ["the interpreter's own torn down", inBody("import sys; sys.modules.clear()")],
  ["a torch that is gone", inBody("torch.Tensor.__add__ = None")],
  ["a limit lifted", inBody("import sys; sys.setrecursionlimit(10**9); (lambda f: f(f))(lambda f: f(f))")],
  ["an import of itself", text => `from ${"."}${" import *"}\n${text}`],
  [
    "an import in a circle",
    text => `import importlib, sys; importlib.reload(sys.modules[__name__])\n${text}`,
  ],
  ["deep brackets", text => `x = ${"(".repeat(3000)}1${")".repeat(3000)}\n${text}`],
  [
    "deep blocks",
    text =>
      `${Array.from({ length: 120 }, (_, i) => `${" ".repeat(i)}if 1:`).join("\n")}\n${" ".repeat(121)}pass\n${text}`,
  ],
];

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)]!;
}

function byLine(change: (lines: string[], at: number) => string[]): Change[1] {
  return (text, random) => {
    const lines = text.split("\n");
    const full = lines.flatMap((line, at) => (line.trim() && !line.trim().startsWith("#") ? [at] : []));
    return change(lines, pick(full, random)).join("\n");
  };
}

/** One of the matches, that are found below the imports. */
function replaced(pattern: RegExp, by: (match: string, random: Random) => string): Change[1] {
  return (text, random) => {
    const begin = Math.max(0, text.search(/^class /m));
    const matches = [...text.matchAll(pattern)].filter(match => match.index >= begin);
    if (matches.length === 0) return text;
    const match = pick(matches, random);
    return text.slice(0, match.index) + by(match[0], random) + text.slice(match.index + match[0].length);
  };
}

function spliced(inserted: string): Change[1] {
  return (text, random) => {
    const at = Math.floor(text.length * random());
    return text.slice(0, at) + inserted + text.slice(at);
  };
}

/** Statements before one of a method's. */
function inBody(statements: string): Change[1] {
  return (text, random) => {
    const lines = text.split("\n");
    const places = lines.flatMap((line, at) =>
      /^ {8}(self\.\w+ = |\w+ = |return )/.test(line) && !/[([{,]$/.test(lines[at - 1] ?? "") ? [at] : [],
    );
    const written = statements.split("\n").map(line => `        ${line}`);
    return lines.toSpliced(pick(places, random), 0, ...written).join("\n");
  };
}

function otherNumber(digits: string, random: Random): string {
  const number = Number(digits);
  return pick([number + 1, number - 1, 0, 1, 2, -1, number * 2, 3, -2, 1000003], random).toString();
}

function otherName(text: string, random: Random): string {
  const names = [...new Set(text.match(/(?<=[ (])[a-z_]{2,}(?= [=+*/-] )/g) ?? [])];
  if (names.length === 0) return text;
  return replaced(/(?<=[=(+*/,] ?)[a-z_]{2,}\b(?![.(=])/g, () => pick(names, random))(text, random);
}

/** Functions that stand in for one another without an error, now and then. */
const FUNCTIONS = [
  ["softmax", "log_softmax", "softmin"],
  ["silu", "gelu", "relu", "tanh", "sigmoid", "softplus", "mish", "hardswish"],
  ["cos", "sin", "tan", "exp", "rsqrt", "sqrt", "abs", "log1p"],
  ["mean", "sum", "std", "amax", "prod", "var", "median", "logsumexp"],
  ["triu", "tril", "flip", "t"],
  ["zeros_like", "ones_like", "empty_like", "rand_like"],
  ["zeros", "ones", "empty", "randn"],
  ["transpose", "swapaxes", "flatten", "roll", "movedim"],
  ["matmul", "add", "mul", "maximum", "cdist"],
  ["LayerNorm", "RMSNorm", "Identity"],
  ["GELU", "ReLU", "Tanh", "Softplus", "ELU"],
];

function otherFunction(text: string, random: Random): string {
  const known = FUNCTIONS.flat().join("|");
  return replaced(new RegExp(`(?<=\\.)(${known})(?=\\()`, "g"), (name, next) =>
    pick(FUNCTIONS.find(family => family.includes(name))!, next),
  )(text, random);
}
