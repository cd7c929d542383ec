// What the extension needs of the module `vscode` outside an editor: the types that a hover is made of, and for every
// other name something that can be called, constructed and inherited from.

const manifest = require("../../package.json");

exports.env = { language: "en" };

exports.workspace = {
  /** Settings as they are before anyone changes one. */
  getConfiguration: () => ({ get: id => manifest.contributes.configuration.properties[id]?.default }),
};

exports.MarkdownString = class MarkdownString {
  constructor(value = "") {
    this.value = value;
  }
  appendMarkdown(text) {
    this.value += text;
    return this;
  }
};

exports.EventEmitter = class EventEmitter {
  event = () => ({ dispose: () => undefined });
  fire() {}
  dispose() {}
};

exports.Hover = class Hover {
  constructor(contents, range) {
    this.contents = contents;
    this.range = range;
  }
};

exports.Range = class Range {
  constructor(line, column, endLine, endColumn) {
    this.start = { line, character: column };
    this.end = { line: endLine, character: endColumn };
  }
};

function Anything() {}
const anything = new Proxy(Anything, {
  get: (target, name) => (name in target || typeof name === "symbol" ? target[name] : anything),
  apply: () => anything,
});
Object.setPrototypeOf(exports, new Proxy({}, { get: (target, name) => target[name] ?? anything }));
