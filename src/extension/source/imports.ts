/** One `from module import …`, as it is written. */
export interface FromImport {
  /** With its dots where it is relative. */
  readonly module: string;
  readonly names: readonly { readonly name: string; readonly local: string }[];
}

/** What a source imports from modules by name, wherever that stands. */
export function importsOf(text: string): readonly FromImport[] {
  return [...text.matchAll(/^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n;#]+)/gm)].map(
    ([, module, listed]) => ({
      module: module!,
      names: listed!
        .replace(/#[^\n]*/g, "")
        .replace(/[()\\]/g, " ")
        .split(",")
        .flatMap(each => {
          const [name, local] = each.trim().split(/\s+as\s+/);
          return name ? [{ name: name.trim(), local: (local ?? name).trim() }] : [];
        }),
    }),
  );
}

/** What a source imports as whole modules: name to module. */
export function modulesOf(text: string): ReadonlyMap<string, string> {
  const modules = new Map<string, string>();
  for (const [, listed] of text.matchAll(/^[ \t]*import[ \t]+([^\n;#]+)/gm))
    for (const each of listed!.split(",")) {
      const [module, local] = each.trim().split(/\s+as\s+/);
      if (module && /^[\w.]+$/.test(module))
        modules.set(local ?? module.split(".")[0]!, local ? module : module.split(".")[0]!);
    }
  return modules;
}

/** Modules that a source asks for classes, as in `config.Config`, by the names that they have there. */
export function wholeModules(text: string): ReadonlyMap<string, string> {
  const modules = new Map(modulesOf(text));
  for (const { module, names } of importsOf(text))
    for (const { name, local } of names)
      if (/^[a-z_]\w*$/.test(name))
        modules.set(local, /\.$/.test(module) ? module + name : `${module}.${name}`);
  const asked = new Set([...text.matchAll(/\b(\w+)\.[A-Z]/g)].map(match => match[1]!));
  return new Map([...modules].filter(([local]) => asked.has(local)));
}
