/**
 * FAST, beneath the toolkit's controls, tries a style element of its own when it loads, and looks for the nonce that the
 * content security policy asks for in a `<meta property="csp-nonce">`. Has to be imported before the toolkit.
 */
const script = document.querySelector<HTMLScriptElement>("script[nonce]");
if (script && !document.querySelector('meta[property="csp-nonce"]')) {
  const meta = document.createElement("meta");
  meta.setAttribute("property", "csp-nonce");
  meta.content = script.nonce;
  document.head.append(meta);
}
