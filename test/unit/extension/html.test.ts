import assert from "node:assert/strict";
import { test } from "node:test";
import { contentSecurityPolicy, createNonce, html, scriptData } from "../../../src/extension/webview/html.ts";

const source = "https://*.vscode-cdn.net";
const directives = (paper: boolean) =>
  new Map(
    contentSecurityPolicy({ source, nonce: "N", paper })
      .split("; ")
      .map(directive => {
        const [name, ...values] = directive.split(" ");
        return [name!, values.join(" ")] as const;
      }),
  );

test("a component page runs its own script by nonce and reaches nothing", () => {
  const policy = directives(false);
  assert.equal(policy.get("default-src"), "'none'");
  assert.equal(policy.get("script-src"), "'nonce-N'");
  assert.equal(policy.get("connect-src"), "'none'");
  assert.equal(policy.get("worker-src"), "'none'");
});

test("a paper page adds workers from blobs and WebAssembly, never text as code", () => {
  const policy = directives(true);
  assert.equal(policy.get("script-src"), "'nonce-N' 'wasm-unsafe-eval'");
  assert.equal(policy.get("worker-src"), "blob:");
  assert.equal(policy.get("connect-src"), source);
  for (const paper of [true, false]) {
    const text = [...directives(paper).values()].join(" ");
    assert.doesNotMatch(text, /'unsafe-eval'|'unsafe-inline'/);
    for (const name of ["base-uri", "form-action"]) assert.equal(directives(paper).get(name), "'none'");
  }
});

test("nonces are long and differ", () => {
  const nonces = new Set(Array.from({ length: 100 }, createNonce));
  assert.equal(nonces.size, 100);
  for (const nonce of nonces) assert.match(nonce, /^[\w-]{22}$/);
});

test("boot data and file names cannot end their elements", () => {
  const boot = { language: "en", bundle: { a: "</script><script>alert(1)</script>" }, pdfjs: null };
  const page = html({
    title: '"><img src=x onerror=alert(1)>.pdf',
    script: "a.js",
    style: "a.css",
    source,
    nonce: "N",
    boot,
    paper: true,
  });
  assert.equal(page.match(/<script/g)?.length, 2);
  assert.doesNotMatch(page, /<img/);
  assert.deepEqual(JSON.parse(scriptData(boot)), boot);
  assert.doesNotMatch(scriptData(boot), /</);
});
