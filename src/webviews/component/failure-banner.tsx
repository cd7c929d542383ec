import { t } from "../../shared/l10n.ts";
import type { PanelDocument } from "../../shared/protocol/component.ts";
import { Button } from "../kit/controls.tsx";
import { useHost } from "./host.ts";

/** Why the last trace or run did not succeed, and the ways on. */
export function FailureBanner(props: {
  readonly failure: NonNullable<PanelDocument["failure"]>;
  /** Whether older numbers are still shown below. */
  readonly kept: boolean;
}) {
  const { host } = useHost();
  const { message, file, line, place, package: lacked } = props.failure;
  return (
    <div class="failure" role="alert">
      <div>
        <p>{message}</p>
        {props.kept && <p class="dim">{t("What is shown below is from the last run that succeeded.")}</p>}
      </div>
      {lacked !== null ? (
        <Button onClick={() => void host.getPackage()}>{t("Get {0}…", lacked)}</Button>
      ) : file !== null ? (
        <Button onClick={() => void host.openSource({ file, line: line ?? 1, column: 0 })}>
          {place
            ? t("Open {0}", place)
            : line === null
              ? t("Open source")
              : t("Open {0}, line {1}", baseName(file), line)}
        </Button>
      ) : (
        <span class="failure-ways">
          <Button onClick={() => void host.chooseSource()}>{t("Choose source")}</Button>
          <Button onClick={() => void host.chooseModel()}>{t("Choose model")}</Button>
        </span>
      )}
    </div>
  );
}

function baseName(file: string): string {
  return file.split(/[\\/]/).at(-1)!;
}
