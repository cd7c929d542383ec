import { normalName } from "../models/package-index.ts";
import type { MarkerEnvironment } from "./requirement.ts";

/** The Python in which sources are traced: CPython for WebAssembly, as pyodide's lock file names it. */
export const PYTHON = "3.14.2";

const [MAJOR, MINOR] = PYTHON.split(".").map(Number) as [number, number];

/** What markers of requirements ask of it (PEP 508); no extra is wanted. */
export const MARKERS: MarkerEnvironment = {
  python_version: `${MAJOR}.${MINOR}`,
  python_full_version: PYTHON,
  implementation_name: "cpython",
  implementation_version: PYTHON,
  platform_python_implementation: "CPython",
  os_name: "posix",
  sys_platform: "emscripten",
  platform_system: "Emscripten",
  platform_machine: "wasm32",
  platform_release: "",
  platform_version: "",
  extra: "",
};

/**
 * The release that a wheel is of, by its name (PEP 427): `einops-0.8.2-py3-none-any.whl`.
 * @param name of the package, normalised.
 * @returns null where it is another package's, holds more than Python or does not fit.
 */
export function pureRelease(wheel: string, name: string): string | null {
  const match = /^([\w.]+)-([\w.!+]+)(?:-\d[\w.]*)?-([\w.]+)-none-any\.whl$/.exec(wheel);
  if (match === null || normalName(match[1]!) !== name) return null;
  const fits = match[3]!.split(".").some(tag => {
    const minor = /^(?:py|cp)3(\d*)$/.exec(tag)?.[1];
    return minor !== undefined && (minor === "" || Number(minor) <= MINOR);
  });
  return fits ? match[2]! : null;
}
