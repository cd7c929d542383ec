import { useEffect, useRef } from "preact/hooks";
import { t } from "../../shared/l10n.ts";
import { Button } from "../kit/controls.tsx";
import type { PasswordQuestion } from "./store.ts";

/** Asks for the password of an encrypted paper. It stays in this page. */
export function PasswordForm({ question }: { readonly question: PasswordQuestion }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (field.current === null) return;
    field.current.value = "";
    field.current.focus();
  }, [question]);
  const open = () => question.answer(field.current?.value ?? "");
  return (
    <div class="failure password" role="dialog" aria-label={t("Password")}>
      <p>{t("{0} is encrypted and needs a password.", question.name)}</p>
      <input
        ref={field}
        class="field"
        type="password"
        autocomplete="off"
        aria-label={t("Password")}
        aria-invalid={question.wrong}
        aria-describedby={question.wrong ? "password-wrong" : undefined}
        onKeyDown={event => {
          if (event.key === "Enter" && !event.isComposing) open();
          if (event.key === "Escape") question.answer(null);
        }}
      />
      {question.wrong && (
        <p id="password-wrong" role="alert">
          {t("This password does not open it. Try again.")}
        </p>
      )}
      <div class="actions">
        <Button kind="primary" onClick={open}>
          {t("Open")}
        </Button>
        <Button onClick={() => question.answer(null)}>{t("Cancel")}</Button>
      </div>
    </div>
  );
}
