import { t } from "../../shared/l10n.ts";
import type { PanelDocument } from "../../shared/protocol/component.ts";
import { Button } from "../kit/controls.tsx";
import { useHost } from "./host.ts";

/** Why the last trace or run did not succeed, and one way on. */
export function FailureBanner(props: {
  readonly failure: NonNullable<PanelDocument["failure"]>;
  /** Whether older numbers are still shown below. */
  readonly kept: boolean;
}) {
  const { host } = useHost();
  const { message, file, line } = props.failure;
  return (
    <div class="failure" role="alert">
      <div>
        <p>{message}</p>
        {props.kept && <p class="dim">{t("What is shown below is from the last run that succeeded.")}</p>}
      </div>
      {file !== null ? (
        <Button onClick={() => void host.openSource({ file, line: line ?? 1, column: 0 })}>
          {line === null ? t("Open source") : t("Open {0}, line {1}", baseName(file), line)}
        </Button>
      ) : (
        <Button onClick={() => void host.chooseSource()}>{t("Choose source")}</Button>
      )}
    </div>
  );
}

function baseName(file: string): string {
  return file.split(/[\\/]/).at(-1)!;
}
