import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { t } from "../../shared/l10n.ts";
import type { Place, Trace } from "../../shared/trace.ts";
import { SourceError } from "../live/source-error.ts";
import { userCache } from "../models/cache.ts";
import { TracerProcess } from "../tracer/process.ts";
import { type Command, UsageError } from "./command.ts";
import { EXAMPLE_OPTIONS, EXAMPLE_USAGE, readExample } from "./example.ts";
import { findTransformers } from "./transformers.ts";

/** Where something is created: absolute file, and the innermost statement there. */
interface Created {
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
}

interface ModuleTree {
  readonly parameters: Readonly<Record<string, { readonly shape: readonly number[] } & Partial<Created>>>;
  readonly modules: Readonly<Record<string, { readonly class: string } & Partial<Created>>>;
  readonly problems: readonly string[];
}

/** `papertrace modules`: the module tree of a class, built from its own source and nothing else. */
export const modulesCommand: Command = {
  name: "modules",
  usage: `modules FILE.py --class C [--transformers DIR] ${EXAMPLE_USAGE} [--json]`,
  async run(argv, io) {
    const { values: options, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        class: { type: "string" },
        transformers: { type: "string" },
        ...EXAMPLE_OPTIONS,
        json: { type: "boolean", default: false },
      },
    });
    const [file, ...more] = positionals;
    if (!file || more.length > 0 || !options.class) {
      throw new UsageError(t("modules needs {0}.", "FILE.py, --class"));
    }
    const tracer = new TracerProcess({
      cacheDirectory: userCache(io.environment).root,
      log: line => io.err(line),
    });
    try {
      const result = await tracer.trace(
        {
          source: resolve(file),
          class: options.class,
          config: null,
          ...(await readExample(options, io)),
          transformers: await findTransformers(options.transformers, io),
          inputs: [],
          checkpointNames: null,
        },
        io.signal,
      );
      if (!result.ok) throw new SourceError(result.failure);
      const tree = moduleTree(result.trace);
      io.out(options.json ? JSON.stringify(tree) : describe(tree));
      return 0;
    } finally {
      tracer.dispose();
    }
  },
};

/** The tables of a trace that hold what was built, by name. The root itself is not listed. */
export function moduleTree(trace: Trace): ModuleTree {
  const created = (index: number | null): Partial<Created> => {
    const place = index === null ? undefined : trace.places[index];
    return place ? at(trace, place) : {};
  };
  return {
    parameters: Object.fromEntries(
      trace.parameters
        .filter(parameter => parameter.kind === "parameter")
        .map(({ name, shape, place }) => [name, { shape, ...created(place) }]),
    ),
    modules: Object.fromEntries(
      trace.modules
        .filter(module => module.path !== "")
        .map(({ path, class: name, place }) => [path, { class: name, ...created(place) }]),
    ),
    problems: trace.problems.map(({ message, place }) => {
      const where = place === null ? undefined : trace.places[place];
      return where ? `${at(trace, where).file}:${where.line}: ${message}` : message;
    }),
  };
}

function at(trace: Trace, { file, line, endLine }: Place): Created {
  return { file: trace.files[file]?.path ?? "", line, endLine };
}

function describe(tree: ModuleTree): string {
  const lines = Object.entries(tree.modules).map(
    ([path, { class: name, file, line }]) => `${path}  ${name}${file ? `  ${file}:${line}` : ""}`,
  );
  const parameters = Object.entries(tree.parameters).map(
    ([name, { shape, file, line }]) => `${name}  [${shape.join(", ")}]${file ? `  ${file}:${line}` : ""}`,
  );
  return [...lines, "", ...parameters, ...tree.problems].join("\n");
}
