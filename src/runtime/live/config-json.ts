/** Strings, which are left alone, the infinities and NaN that Python writes into JSON, and numbers written as floats. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/g;

/**
 * A config.json's JSON value with every float kept that JavaScript's numbers would lose: infinities, NaN, and whole floats
 * (4.0, 1e6), which Python tells from integers. They become `{"__float__": "4.0"}`, as newer configs write infinity.
 * @throws SyntaxError
 */
export function parseConfig(text: string): unknown {
  return JSON.parse(text.replace(TOKEN, token => (isLost(token) ? `{"__float__":"${token}"}` : token)));
}

function isLost(token: string): boolean {
  const number = Number(token);
  return (
    !token.startsWith('"') && (!Number.isFinite(number) || (/[.eE]/.test(token) && Number.isInteger(number)))
  );
}
