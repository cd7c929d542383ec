import { t } from "../../../../shared/l10n.ts";
import type { AttentionDocument } from "../../../../shared/protocol/component.ts";
import { Button, Dropdown } from "../../../kit/controls.tsx";
import { choose, state } from "../../store.ts";
import { ablation, currentFactor, includes, temperatureName, toggled, withFactor } from "./interventions.ts";

const TEMPERATURES = [0.25, 0.5, 1, 2, 4];

/** What can be changed in attention; the model runs again and the effect is shown. */
export function AttentionActions({ document }: { readonly document: AttentionDocument }) {
  const interventions = state.value?.interventions ?? [];
  const ablate = ablation(document, document.head);
  const { maskLift, scale } = document;
  const factor = currentFactor(document, interventions);
  const factors = [
    ...TEMPERATURES.map(temperature => 1 / temperature),
    ...(scale === null ? [] : [1 / scale]),
  ];
  return (
    <>
      <Dropdown
        label={t("Temperature of the softmax")}
        value={String(factor)}
        options={[...new Set([...factors, factor])].map(each => ({
          value: String(each),
          label: temperatureName(document, each),
        }))}
        onChange={value => choose({ interventions: withFactor(document, interventions, Number(value)) })}
      />
      {maskLift && (
        <Button onClick={() => choose({ interventions: toggled(interventions, maskLift) })}>
          {includes(interventions, maskLift) ? t("Restore mask") : t("Lift mask")}
        </Button>
      )}
      {ablate && (
        <Button onClick={() => choose({ interventions: toggled(interventions, ablate) })}>
          {includes(interventions, ablate) ? t("Restore head") : t("Ablate head")}
        </Button>
      )}
      {interventions.length > 1 && (
        <Button onClick={() => choose({ interventions: [] })}>{t("Restore all")}</Button>
      )}
    </>
  );
}
