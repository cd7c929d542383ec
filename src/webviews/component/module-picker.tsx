import { t } from "../../shared/l10n.ts";
import { Button, Dropdown } from "../kit/controls.tsx";
import { Icon } from "../kit/icon.tsx";
import { choose, moveModule, panel } from "./store.ts";

/** Which of the model's modules of this component is shown: usually a layer. */
export function ModulePicker() {
  const shown = panel.value;
  if (!shown || shown.modules.length === 0) return null;
  const { modules, module } = shown;
  if (modules.length === 1) return <p class="module-picker dim">{modules[0]!.label}</p>;
  return (
    <div class="module-picker">
      <Button kind="icon" label={t("Layer before")} disabled={module === 0} onClick={() => moveModule(-1)}>
        <Icon name="previous" />
      </Button>
      <Dropdown
        label={t("Layer")}
        value={String(module)}
        options={modules.map(({ label }, index) => ({ value: String(index), label }))}
        onChange={value => choose({ module: modules[Number(value)]!.path })}
      />
      <Button
        kind="icon"
        label={t("Layer after")}
        disabled={module >= modules.length - 1}
        onClick={() => moveModule(1)}
      >
        <Icon name="next" />
      </Button>
    </div>
  );
}
