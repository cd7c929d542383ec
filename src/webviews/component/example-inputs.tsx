import { t } from "../../shared/l10n.ts";
import { formatCount } from "../../shared/number.ts";
import type { ExampleInput } from "../../shared/protocol/component.ts";

/** What each kind of example is called. */
const CONTENTS: Readonly<Record<ExampleInput["content"], () => string>> = {
  picture: () => t("a drawn picture"),
  sound: () => t("a sound of three tones"),
  spectrogram: () => t("a spectrogram of three tones"),
  mask: () => t("a mask that hides nothing"),
  positions: () => t("positions in order"),
  choices: () => t("seeded choices"),
  numbers: () => t("seeded random numbers"),
};

/** What the model was given where no text says it: made up, and said so. */
export function ExampleInputs({ examples }: { examples: readonly ExampleInput[] }) {
  if (examples.length === 0) return null;
  return (
    <dl class="examples" title={t("No text gives these inputs, so they are examples, the same every time.")}>
      <dt>{examples.length === 1 ? t("Example input") : t("Example inputs")}</dt>
      {examples.map(({ name, content, shape }) => (
        <dd key={name} data-example={content}>
          <code>{name}</code> {CONTENTS[content]()}{" "}
          <span class="number dim">{shape.map(formatCount).join(" × ")}</span>
        </dd>
      ))}
    </dl>
  );
}
