import dgram from "node:dgram";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";

/**
 * Closes the network for this process, for good. Node's permission model has no switch for it; whatever reaches a socket
 * goes through these prototypes and functions (http, https, tls, undici and WebSocket do).
 */
export function closeNetwork(): void {
  const refuse = () => {
    throw new Error("a trace may not use the network");
  };
  for (const name of ["fetch", "WebSocket", "EventSource", "XMLHttpRequest", "navigator"]) {
    Object.defineProperty(globalThis, name, { value: undefined, configurable: false, writable: false });
  }
  const doors: readonly (readonly [object, readonly string[]])[] = [
    [net.Socket.prototype, ["connect"]],
    [net.Server.prototype, ["listen"]],
    [dgram.Socket.prototype, ["bind", "connect", "send"]],
    [dns, ["lookup", "lookupService", "resolve", "reverse"]],
    [dns.promises, ["lookup", "lookupService", "resolve", "reverse"]],
    [dns.Resolver.prototype, ["resolve", "reverse"]],
    [dns.promises.Resolver.prototype, ["resolve", "reverse"]],
  ];
  for (const [owner, names] of doors) {
    for (const name of names) {
      Object.defineProperty(owner, name, { value: refuse, configurable: false, writable: false });
    }
  }
  syncBuiltinESMExports();
}
