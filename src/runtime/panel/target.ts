import type { LiveModel, OpenRequest } from "../live/types.ts";

/** What a panel runs: resolved by its owner from the panel state, the editor and the settings. */
export interface PanelTarget {
  readonly open: OpenRequest;
  /** The checkpoint as it is named on screen; null where weights are random. */
  readonly model: { readonly id: string; readonly label: string } | null;
  /** What the model is shown with while the reader has typed nothing. */
  readonly examplePrompt: string;
  /** `decoder_start_token_id` of the checkpoint's config, for encoder-decoder models. */
  readonly decoderStart?: number;
}

/** What a panel session needs of the world. */
export interface PanelEnvironment {
  /** Opens a source with weights; rejects with a SourceError where the source cannot be traced. */
  open(request: OpenRequest, signal: AbortSignal): Promise<LiveModel>;
  /** Text of a source file on disk, for quoting lines. */
  readText(file: string): Promise<string>;
}
