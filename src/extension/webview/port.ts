import type * as vscode from "vscode";
import type { Port } from "../../shared/channel.ts";

/** A webview as the other side of a channel. Byte arrays cross as they are; they are copied, not moved. */
export function webviewPort(webview: vscode.Webview, own: (listener: vscode.Disposable) => void): Port {
  return {
    // A page that has just been closed has nothing left to be told.
    post: message => void webview.postMessage(message).then(undefined, () => {}),
    onMessage: listener => own(webview.onDidReceiveMessage(listener)),
  };
}
