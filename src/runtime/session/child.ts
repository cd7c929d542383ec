import { Socket } from "node:net";
import type { Tensor } from "../../shared/dtype.ts";
import { setBundle } from "../../shared/l10n.ts";
import type { Intervention, Selector } from "../../shared/run.ts";
import type { Drawing } from "../live/types.ts";
import { outputValue, valueIndex } from "../live/values.ts";
import { guardedValues, violatedDataGuard } from "../onnx/guards.ts";
import { serve } from "../process/serve.ts";
import { CheckedProgram } from "./checked-program.ts";
import { drawingOf } from "./drawing.ts";
import { type FramedTensor, FrameReader, FrameWriter } from "./frames.ts";
import { generate } from "./generation.ts";
import { partOf } from "./part.ts";
import { LoadedProgram } from "./program.ts";
import {
  CHILD_SCHEMAS,
  type ChildFunctions,
  type FramedDrawing,
  type FramedIntervention,
  type ParentFunctions,
} from "./protocol.ts";
import { createSampler } from "./sampling.ts";
import { stepOf } from "./steps.ts";
import { summarise } from "./summary.ts";
import { CheckpointTokenizer } from "./tokenizer.ts";

/** The pipes for tensors, after the three of every process; IPC has one of its own. */
const FROM_PARENT = 3;
const TO_PARENT = 4;

const incoming = new FrameReader(new Socket({ fd: FROM_PARENT, readable: true, writable: false }));
const outgoing = new FrameWriter(new Socket({ fd: TO_PARENT, readable: false, writable: true }));
const programs = new Map<string, Promise<CheckedProgram>>();
const tokenizers = new Map<string, Promise<CheckpointTokenizer>>();
let cancelled = false;

const functions: ChildFunctions = {
  localise: setBundle,

  async load(spec) {
    let program = programs.get(spec.key);
    if (!program) {
      const begun = CheckedProgram.load(spec, LoadedProgram.load, line => console.log(line));
      begun.catch(() => programs.get(spec.key) === begun && programs.delete(spec.key));
      programs.set(spec.key, begun);
      program = begun;
    }
    return (await program).loaded;
  },

  release(key) {
    const program = programs.get(key);
    programs.delete(key);
    // One that is still being loaded is released then.
    void program?.then(loaded => loaded.dispose()).catch(() => undefined);
  },

  async run(command) {
    // Tensors that have come are taken even if the run is refused.
    const inputs = await receiveAll(command.inputs);
    const received = await Promise.all(command.interventions.map(receiveIntervention));
    const program = await programOf(command.key);
    const { trace } = program;
    const taps = command.taps.map(ref => [ref, valueIndex(trace, ref)] as const);
    const summaries = command.summaries.map(ref => [ref, valueIndex(trace, ref)] as const);
    const drawn = command.drawing?.values.map(({ value }) => valueIndex(trace, value)) ?? [];
    const interventions = received.map(intervention => ({
      ...intervention,
      value: valueIndex(trace, intervention.value),
    }));
    const output = command.output ? outputValue(trace) : null;
    const others = [
      ...guardedValues(trace),
      ...taps.map(([, value]) => value),
      ...summaries.map(([, value]) => value),
      ...drawn,
    ];
    const wanted = output === null ? others : [output, ...others];
    const ending = output !== null && isEnding(command.outputAt) && !others.includes(output);
    const began = performance.now();
    const values = await program.run(inputs, wanted, interventions, ending);
    const milliseconds = performance.now() - began;
    const answer = output === null ? null : partOf(values.get(output)!, command.outputAt ?? WHOLE);
    const summarised = summaries.map(([ref, value]) => [ref, summarise(values.get(value)!)] as const);
    const tensors = drawn.map(value => values.get(value)!);
    const drawing = command.drawing && drawingOf(tensors, command.drawing);
    // Nothing is sent before all of it is there: nobody would take what a run that fails has sent.
    const reply = {
      output: answer && outgoing.send(answer),
      taps: taps.map(([ref, value]) => [ref, outgoing.send(values.get(value)!)] as const),
      summaries: summarised,
      drawing: drawing && sendDrawing(drawing),
      milliseconds,
      violated: violatedDataGuard(trace, values),
      serving: program.serving,
    };
    await outgoing.flush();
    program.release(values);
    return reply;
  },

  async generate(command) {
    cancelled = false;
    const fixed = await receiveAll(command.fixed);
    const prefill = await programOf(command.prefill);
    const later = command.step === null ? null : await programOf(command.step);
    const { step, keeping } = await stepOf(prefill, later, command, fixed);
    const reply = await generate({
      start: command.start,
      tokens: command.tokens,
      stop: command.stop,
      cached: later !== null,
      step,
      sample: createSampler(command.temperature, command.seed),
      text: command.tokenizer === null ? null : (await tokenizerOf(command.tokenizer)).continuation(),
      onToken: token => void parent.token.asEvent(command.id, token).catch(() => undefined),
      cancelled: () => cancelled,
    });
    return { ...reply, activations: prefill.loaded.activations, keeping };
  },

  cancel() {
    cancelled = true;
  },

  async tokenize(folder, text, chat) {
    const tokenizer = await tokenizerOf(folder);
    return tokenizer.pieces(tokenizer.encode(text, chat));
  },

  async decode(folder, ids) {
    return (await tokenizerOf(folder)).pieces(ids);
  },
};

const parent = serve<ChildFunctions, ParentFunctions>(functions, CHILD_SCHEMAS);

const WHOLE: Selector = { axes: [] };

/** Whether a selector chooses the last position of [batch, positions, …], however many there are. */
function isEnding(selector: Selector | null): boolean {
  return selector?.axes.some(({ axis, index }) => axis === 1 && index === -1) ?? false;
}

function sendDrawing({ head, hidden, thumbnails, values }: Drawing): FramedDrawing {
  return {
    head,
    hidden: hidden && outgoing.send(hidden),
    thumbnails: outgoing.send(thumbnails),
    values: values.map(each => ({ ...each, cells: outgoing.send(each.cells) })),
  };
}

async function programOf(key: string): Promise<CheckedProgram> {
  const program = await programs.get(key);
  if (!program) throw new Error(`program ${key} is not loaded`);
  return program;
}

function tokenizerOf(folder: string): Promise<CheckpointTokenizer> {
  let tokenizer = tokenizers.get(folder);
  if (!tokenizer) {
    tokenizer = CheckpointTokenizer.load(folder);
    tokenizers.set(folder, tokenizer);
    tokenizer.catch(() => tokenizers.delete(folder));
  }
  return tokenizer;
}

async function receiveAll(tensors: Readonly<Record<string, FramedTensor>>): Promise<Record<string, Tensor>> {
  const entries = Object.entries(tensors).map(
    async ([name, tensor]) => [name, await incoming.receive(tensor)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

async function receiveIntervention(intervention: FramedIntervention): Promise<Intervention> {
  const { operation } = intervention;
  if (operation.kind !== "patch") return { ...intervention, operation };
  return { ...intervention, operation: { kind: "patch", tensor: await incoming.receive(operation.tensor) } };
}
