import { parseArgs } from "node:util";
import type { Tensor } from "../../shared/dtype.ts";
import { t } from "../../shared/l10n.ts";
import { writtenDifference } from "../../shared/provider.ts";
import { pythonOnPath } from "../compare/find-python.ts";
import { commandLine } from "../compare/python-process.ts";
import {
  type ComparedValue,
  compareWithPyTorch,
  describeComparison,
  describeShapes,
  isAgreement,
} from "../compare/pytorch.ts";
import { Live } from "../live/live.ts";
import type { OpenRequest } from "../live/types.ts";
import { userCache } from "../models/cache.ts";
import { progressLines } from "../models/progress.ts";
import { panelInputs } from "../panel/inputs.ts";
import { readSafetensors } from "../weights/safetensors.ts";
import { type Command, UsageError } from "./command.ts";
import { EXAMPLE_OPTIONS, EXAMPLE_USAGE, readExample } from "./example.ts";
import { MODEL_OPTIONS, readModel, SOURCE_USAGE } from "./model.ts";

/** Values that are listed where nobody asks for all. */
const LISTED = 10;

/** `papertrace compare`: the same source here and in PyTorch, value by value. Exit 1 where one differs, or too little could be compared. */
export const compareCommand: Command = {
  name: "compare",
  usage: `compare --model ID|DIR (--prompt TEXT | --inputs IN.safetensors) [--python PYTHON] ${SOURCE_USAGE} ${EXAMPLE_USAGE} [--json]`,
  async run(argv, io) {
    const { values: options } = parseArgs({
      args: [...argv],
      options: {
        ...MODEL_OPTIONS,
        prompt: { type: "string" },
        inputs: { type: "string" },
        python: { type: "string" },
        ...EXAMPLE_OPTIONS,
        json: { type: "boolean", default: false },
      },
    });
    const { model, prompt, inputs: inputFile } = options;
    if (!model) throw new UsageError(t("compare needs {0}.", "--model"));
    if ((prompt === undefined) === (inputFile === undefined))
      throw new UsageError(t("compare needs either {0} or {1}.", "--prompt", "--inputs"));
    const python = options.python ?? pythonOnPath(io.environment);
    if (!python) throw new Error(t("There is no Python on the PATH; name one with PyTorch: --python PYTHON"));
    const request: OpenRequest = {
      ...(await readModel(model, options, io)),
      ...(await readExample(options, io)),
    };
    const live = new Live({ cacheDirectory: userCache(io.environment).root, log: () => undefined });
    try {
      const inputs = inputFile
        ? Object.fromEntries(await readSafetensors(inputFile))
        : await inputsOf(live, request, prompt!, io.signal);
      io.err(commandLine(python).join(" "));
      const tell = progressLines(line => io.err(line));
      const comparison = await compareWithPyTorch(request, inputs, {
        open: (wanted, signal) => live.open(wanted, signal),
        python,
        signal: io.signal,
        onProgress: (message, fraction) => tell({ message, fraction }),
      });
      if (options.json) io.out(JSON.stringify(comparison));
      else {
        io.out(describeComparison(comparison));
        const sorted = [...comparison.values].sort((a, b) => b.relative - a.relative);
        for (const value of sorted.slice(0, LISTED)) io.out(row(value));
        for (const { id, reason } of comparison.left.slice(0, LISTED)) io.out(`${id}  ${reason}`);
        if (comparison.first?.place) {
          const { file, line } = comparison.first.place;
          io.out(t("The first value that differs: {0}, {1}", comparison.first.id, `${file}:${line}`));
        }
      }
      return isAgreement(comparison) ? 0 : 1;
    } finally {
      live.dispose();
    }
  },
};

async function inputsOf(
  live: Live,
  request: OpenRequest,
  prompt: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, Tensor>>> {
  const opened = await live.open(request, signal);
  try {
    return (await panelInputs(opened, prompt, 0)).inputs;
  } finally {
    opened.dispose();
  }
}

function row(value: ComparedValue): string {
  const { id, place, relative, shape } = value;
  const at = place === null ? "" : `${place.file}:${place.line}`;
  return [writtenDifference(relative), id, describeShapes(value) ?? `[${shape.join(", ")}]`, at].join("  ");
}
