import { t } from "../../shared/l10n.ts";
import { addModel } from "../models/add.ts";
import { type Cache, userCache } from "../models/cache.ts";
import { type CheckpointInfo, findModel, listModels, removeModel } from "../models/checkpoint.ts";
import { progressLines } from "../models/progress.ts";
import { useProxies } from "../models/proxies.ts";
import { ADDABLE_MODELS, type AddableModel } from "../models/registry.ts";
import { type Command, type CommandIo, UsageError } from "./command.ts";

export const modelsCommand: Command = {
  name: "models",
  usage: "models [--json]\nmodels add ID|OWNER/NAME[@REVISION]|FILE.gguf [--json]\nmodels remove ID",
  async run(argv, io) {
    const json = argv.includes("--json");
    const [action, ...ids] = argv.filter(argument => argument !== "--json");
    const unknown = argv.find(argument => argument.startsWith("-") && argument !== "--json");
    if (unknown !== undefined) throw new UsageError(t("models has no option {0}.", unknown));
    const cache = userCache(io.environment);
    if (action === undefined) return list(cache, json, io);
    const [id] = ids;
    if (!Object.hasOwn(ACTIONS, action) || id === undefined || ids.length > 1) {
      throw new UsageError(t("models takes “add ID” or “remove ID”, or nothing."));
    }
    return ACTIONS[action as keyof typeof ACTIONS](id, cache, json, io);
  },
};

const ACTIONS = { add, remove } as const;

async function list(cache: Cache, json: boolean, io: CommandIo): Promise<number> {
  const models = await listModels({ cache, environment: io.environment });
  const present = new Set(models.map(model => model.id));
  const addable = ADDABLE_MODELS.filter(model => !present.has(model.id));
  if (json) {
    io.out(`${JSON.stringify({ models, addable: addable.map(describeAddable), cache: cache.root })}`);
    return 0;
  }
  const rows = [
    ...models.map(row),
    ...addable.map(model => [
      model.id,
      model.label,
      megabytes(model.file.bytes),
      "",
      model.licence,
      t("can be added"),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(cells => cells[column]!.length))) ?? [];
  for (const cells of rows) {
    io.out(
      `${cells
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd()}`,
    );
  }
  return 0;
}

function row(model: CheckpointInfo): string[] {
  return [
    model.id,
    model.label,
    megabytes(model.bytes),
    model.precision ?? "",
    model.licence ?? "",
    model.problem ?? model.folder,
  ];
}

function describeAddable({ id, label, licence, file }: AddableModel) {
  return { id, label, licence, bytes: file.bytes };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

async function add(id: string, cache: Cache, json: boolean, io: CommandIo): Promise<number> {
  const { environment, signal } = io;
  useProxies(environment);
  const model = await addModel(id, {
    cache,
    environment,
    signal,
    onProgress: progressLines(line => io.err(line)),
  });
  io.out(json ? `${JSON.stringify(model)}` : `${model.folder}`);
  return 0;
}

async function remove(id: string, cache: Cache, json: boolean, io: CommandIo): Promise<number> {
  const { folder } = await findModel(id, { cache, environment: io.environment });
  await removeModel(id, { cache, environment: io.environment });
  if (json) io.out(`${JSON.stringify({ removed: id, folder })}`);
  else io.err(t("Removed {0}.", folder));
  return 0;
}
