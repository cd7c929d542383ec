import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { linkPython } from "../../../src/shared/linking/python.ts";
import {
  definitions,
  isProse,
  lineAt,
  type PythonDocument,
  parsePython,
} from "../../../src/shared/python/index.ts";
import { transformersDirectory } from "../../support/paths.ts";

const names = (document: PythonDocument) => definitions(document).map(({ name }) => name);

/** Every node of every block with its place. */
const nodes = (document: PythonDocument) =>
  document.blocks.map(({ start, syntax }) => {
    const found: string[] = [];
    syntax.tree.iterate({ enter: ({ name, from, to }) => void found.push(`${name} ${from} ${to}`) });
    return { start, read: syntax.read, nodes: found };
  });

const TAIL = `
    def backward(self, y):
        return self.k_proj(y)

@decorated
class After(nn.Module):
    def forward(self, x):
        return self.mlp(x)


def last(x): return x
`;

const HALF_TYPED = [
  "return self.q_proj(",
  "return self.q_proj(x, [1, {2: ",
  "return self.",
  "x = 'abc",
  'x = f"{self.norm(x',
  'x = f"a {',
  "x = [self.mlp(x) for",
  "x = )",
  "x = (]",
  "from .. import (",
  "lambda x:",
];

test("an unfinished line loses neither the method nor the classes after it", () => {
  for (const line of HALF_TYPED) {
    const source = `class Before(nn.Module):\n    def forward(self, x):\n        ${line}\n${TAIL}`;
    const document = parsePython(source);
    assert.deepEqual(names(document), ["Before", "After", "last"], line);
    const [before, after] = definitions(document);
    assert.ok(before?.kind === "class" && after?.kind === "class");
    assert.ok(before.methods.has("backward"), line);
    assert.deepEqual([...after.methods.keys()], ["forward"], line);
    const calls = linkPython(document).filter(({ line: at }) => at > 3);
    assert.deepEqual(
      calls.map(({ name, class: around }) => `${around}.${name}`),
      ["Before.k_proj", "After.mlp"],
      line,
    );
  }
});

test("an unfinished header may take in the method after it, but no class", () => {
  for (const line of [
    "if x",
    "for y in",
    "with torch.no_grad()",
    "def inner(self, y:",
    "class Inner(",
    "@inner(",
  ]) {
    const document = parsePython(
      `class Before(nn.Module):\n    def forward(self, x):\n        ${line}\n${TAIL}`,
    );
    assert.deepEqual(names(document), ["Before", "After", "last"], line);
    assert.deepEqual(
      linkPython(document).map(mention => mention.name),
      ["k_proj", "mlp"],
      line,
    );
  }
});

test("unfinished headers lose no more than themselves", () => {
  for (const line of ["class", "class New(", "def new(x", "@new(", "@", "x = foo(", "async def"]) {
    const found = names(
      parsePython(`class Before(nn.Module):\n    pass\n\n${line}\n${TAIL.slice(TAIL.indexOf("@"))}`),
    );
    assert.deepEqual(
      found.filter(name => name !== "New" && name !== "new"),
      ["Before", "After", "last"],
      line,
    );
  }
});

test("a string that is never closed goes on to the end, as Python reads it", () => {
  const document = parsePython('class A:\n    """never closed\n\nclass B:\n    pass\n');
  assert.deepEqual(names(document), ["A"]);
  assert.ok(isProse(document, document.text.indexOf("class B")));
});

test("classes in strings and comments are not classes", () => {
  const source = `x = """
class InString(nn.Module):
    pass
""" + r'''
@decorator
class '''

# class InComment:
class Real:
    """
class InDocstring:
    \\"""
class StillInDocstring:
    """
    def method(self): pass

class Other: pass
`;
  const document = parsePython(source);
  assert.deepEqual(names(document), ["Real", "Other"]);
  const [real] = definitions(document);
  assert.ok(real?.kind === "class" && real.methods.has("method"));
});

test("decorators belong to what they decorate, and lines count from it", () => {
  const source =
    "@first\n@second(\n    a=1,\n)\n\n# why\nclass A(B):\n    @property\n    def p(self): return 1\n";
  const document = parsePython(source);
  assert.equal(document.blocks.length, 1);
  const [found] = definitions(document);
  assert.ok(found?.kind === "class");
  assert.deepEqual([found.name, found.line, found.endLine], ["A", 6, 9]);
  assert.deepEqual([...found.methods.keys()], ["p"]);
});

test("prose is what strings and comments hold, not what format strings compute", () => {
  const source = 'x = f"mean {value} of" # value\ny = "value"\n';
  const document = parsePython(source);
  const at = (from: number) => source.indexOf("value", from);
  const [computed, comment] = [at(0), at(at(0) + 1)];
  assert.ok(isProse(document, source.indexOf("mean")));
  assert.ok(!isProse(document, computed));
  assert.ok(isProse(document, comment));
  assert.ok(isProse(document, at(comment + 1)));
  assert.ok(!isProse(document, source.indexOf("y =")));
});

test("Windows line ends change no place", () => {
  const unix = `import torch\n\n@wrap\nclass A(nn.Module):\n    def forward(self, x):\n        y = 1 + \\\n            self.mlp(x)\n        return self.norm(\n            y)\n\nclass B:\n    pass\n`;
  const windows = unix.replaceAll("\n", "\r\n");
  const places = (source: string) => {
    const document = parsePython(source);
    return {
      definitions: definitions(document).map(({ name, line, endLine }) => [name, line, endLine]),
      mentions: linkPython(document).map(({ line, column, name }) => [line, column, name]),
      errors: document.blocks.some(({ syntax }) => syntax.hasErrors),
    };
  };
  assert.deepEqual(places(windows), places(unix));
  assert.equal(places(windows).errors, false);
});

test("a place has its line, at both ends of it", () => {
  const document = parsePython("a\n\nbc");
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map(at => lineAt(document, at)),
    [0, 0, 1, 2, 2, 2],
  );
  assert.equal(lineAt(parsePython(""), 0), 0);
});

test("blocks that an edit leaves alone are taken over, wherever they move", () => {
  const source = `import torch\n\nclass A:\n    pass\n\nclass B:\n    pass\n\nclass C:\n    pass\n`;
  const before = parsePython(source);
  const after = parsePython(source.replace("class B:\n", "class B:\n    x = 1\n"), before);
  const kept = after.blocks.map(({ syntax }) => before.blocks.some(block => block.syntax === syntax));
  assert.deepEqual(kept, [true, true, false, true]);
});

/** Numbers from 0 to 1 that are the same in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

const INSERTIONS = [
  ..."x ([{)]}\"'#:\\\n\t@",
  '"""',
  "\n\n",
  "\r\n",
  "class New(nn.Module):\n    pass\n",
  "    def method(self, x):\n        return x\n",
  "return",
  "async ",
  "𝒙é",
];

test("after any edits, a document is what it is when it is parsed anew", context => {
  const llama = join(transformersDirectory(), "transformers/models/llama/modeling_llama.py");
  if (!existsSync(llama)) return context.skip("transformers is not unpacked");
  const source = readFileSync(llama, "utf8").split("\n").slice(48, 200).join("\n");
  for (let seed = 1; seed <= 6; seed++) {
    const random = randomNumbers(seed * 7919);
    const pick = (count: number) => Math.floor(random() * count);
    let document = parsePython(source);
    for (let step = 0; step < 16; step++) {
      const { text } = document;
      const at = pick(text.length + 1);
      const removed = random() < 0.4 ? pick(random() < 0.2 ? 400 : 4) : 0;
      const inserted = random() < 0.7 ? INSERTIONS[pick(INSERTIONS.length)]! : "";
      // Every so often the edits are taken back, as people do: else there is soon nothing left but errors.
      const edited = step % 5 === 4 ? source : text.slice(0, at) + inserted + text.slice(at + removed);
      document = parsePython(edited, document);
      const anew = parsePython(edited);
      assert.deepEqual(nodes(document), nodes(anew), `seed ${seed}, step ${step}`);
      assert.deepEqual(linkPython(document), linkPython(anew), `seed ${seed}, step ${step}`);
      assert.deepEqual(definitions(document), definitions(anew), `seed ${seed}, step ${step}`);
    }
  }
});

test("edits that leave a large class whole reuse what they do not touch", () => {
  const method = (name: string) =>
    `    def ${name}(self, x):\n${"        x = self.norm(x) + self.mlp(x)\n".repeat(100)}        return x\n`;
  const source = `class Large(nn.Module):\n${method("first")}${method("second")}${method("third")}`;
  const before = parsePython(source);
  const after = parsePython(source.replace("norm", "layer_norm"), before);
  assert.deepEqual(nodes(after), nodes(parsePython(after.text)));
  const trees = (document: PythonDocument) => {
    const found = new Set<unknown>();
    document.blocks[0]!.syntax.tree.iterate({ enter: ({ tree }) => void (tree && found.add(tree)) });
    return found;
  };
  const earlier = trees(before);
  const reused = [...trees(after)].filter(tree => earlier.has(tree)).length;
  assert.ok(reused > 0, `${reused} of ${earlier.size} parts reused`);
});

test("a block says whether its text is correct as it stands", () => {
  const whole = "import torch\n\n\nclass A:\n    x = 1\n\n\ndef f(x):\n    return x\n";
  const complete = (text: string) => parsePython(text).blocks.map(({ syntax }) => syntax.isComplete);
  assert.deepEqual(complete(whole), [true, true, true]);
  assert.deepEqual(complete(whole.replace("x = 1", "x = (1")), [true, false, true]);
  assert.deepEqual(complete(whole.replace("return x", "return x +")), [true, true, false]);
});
