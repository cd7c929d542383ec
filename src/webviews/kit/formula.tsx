import katex from "katex";
import "katex/dist/katex.min.css";
import { useLayoutEffect, useRef } from "preact/hooks";

/** TeX, set by KaTeX into elements (never through markup, which a strict content security policy forbids to style). */
export function Formula(props: { readonly tex: string }) {
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    if (place.current)
      katex.render(props.tex, place.current, { throwOnError: false, output: "htmlAndMathml" });
  }, [props.tex]);
  return <span class="formula" ref={place} />;
}
