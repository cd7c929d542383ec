import { t } from "../../shared/l10n.ts";
import { LinkButton } from "./controls.tsx";

/** A thin bar at the top of its view, with what is being done and a way to stop it. */
export function ProgressBar(props: { readonly label: string; readonly onCancel: () => void }) {
  return (
    <div class="progress" role="status">
      <div class="progress-track" role="progressbar" aria-label={props.label}>
        <div class="progress-glider" />
      </div>
      <div class="progress-label">
        {props.label}… <LinkButton onClick={props.onCancel}>{t("Cancel")}</LinkButton>
      </div>
    </div>
  );
}
