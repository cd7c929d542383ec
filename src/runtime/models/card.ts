/**
 * Facts of a model card: the scalar entries of the YAML front matter of a README.md, as the hub defines it
 * (https://huggingface.co/docs/hub/model-cards). Lists and nested entries are left out.
 */
export function parseCard(readme: string): Readonly<Record<string, string>> {
  const facts: Record<string, string> = {};
  const lines = readme.split(/\r?\n/);
  if (lines[0]?.trim() !== "---") return facts;
  for (const line of lines.slice(1)) {
    if (line.trim() === "---") break;
    const match = /^([A-Za-z_][\w-]*):\s+(.+?)\s*$/.exec(line);
    if (match) facts[match[1]!] = match[2]!.replace(/^(["'])(.*)\1$/, "$2");
  }
  return facts;
}

/** A model card with such a front matter; values are quoted, so that any text is safe. */
export function formatCard(facts: Readonly<Record<string, string>>, text: string): string {
  const entries = Object.entries(facts).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `---\n${entries.join("\n")}\n---\n\n${text}`;
}
