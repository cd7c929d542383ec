import { t } from "../../shared/l10n.ts";
import { LinkButton } from "../kit/controls.tsx";
import { useHost } from "./host.ts";

/** Lines of source with their number, and the way to them. */
export function SourceQuote(props: {
  readonly file: string;
  readonly line: number;
  readonly shownLine?: number | undefined;
  readonly column: number;
  readonly text: string;
}) {
  const { host } = useHost();
  const { file, line, column } = props;
  return (
    <div class="source-quote">
      {props.text && (
        <pre>
          <span class="line-number">{props.shownLine ?? line}</span>
          <code>{props.text}</code>
        </pre>
      )}
      <LinkButton onClick={() => void host.openSource({ file, line, column })}>{t("Open source")}</LinkButton>
    </div>
  );
}
