import { type ArgumentSchemas, connect, type Functions, type Remote } from "../../shared/channel.ts";

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** A page's two ways to its host: messages, and what survives a reload. The API object itself stays in here. */
export interface Connection<Host extends Functions<Host>, View extends Functions<View>> {
  readonly host: Remote<Host, View>;
  /** What `save` was last given before the page was reloaded; anything, so validate it. */
  readonly saved: unknown;
  save(state: unknown): void;
}

/** Connects a page to the extension host; may be called once. */
export function connectHost<Host extends Functions<Host>, View extends Functions<View>>(
  view: View,
  schemas: ArgumentSchemas<View>,
): Connection<Host, View> {
  const api = acquireVsCodeApi();
  const host = connect<Host, View>(
    {
      post: message => api.postMessage(message),
      onMessage: listener => window.addEventListener("message", event => listener(event.data)),
    },
    view,
    schemas,
  );
  return { host, saved: api.getState(), save: state => api.setState(state) };
}
