import "./nonce.ts";
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextField,
} from "@vscode/webview-ui-toolkit";
import type { ComponentChildren, HTMLAttributes, TargetedKeyboardEvent } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDropdown(),
  vsCodeOption(),
  vsCodeTextField(),
);

declare module "preact" {
  namespace JSX {
    interface IntrinsicElements {
      "vscode-button": HTMLAttributes<HTMLElement> & { appearance?: string; disabled?: boolean };
      "vscode-checkbox": HTMLAttributes<HTMLElement>;
      "vscode-dropdown": HTMLAttributes<HTMLElement>;
      "vscode-option": HTMLAttributes<HTMLElement> & { value?: string };
      "vscode-text-field": HTMLAttributes<HTMLElement> & { value?: string; placeholder?: string };
    }
  }
}

/** A button of the editor's own kind. The label is a verb; an icon needs a `label` of its own. */
export function Button(props: {
  readonly kind?: "primary" | "secondary" | "icon";
  readonly label?: string;
  readonly disabled?: boolean;
  readonly onClick: () => void;
  readonly children: ComponentChildren;
}) {
  return (
    <vscode-button
      appearance={props.kind ?? "secondary"}
      aria-label={props.label}
      disabled={props.disabled ?? false}
      onClick={props.onClick}
    >
      {props.children}
    </vscode-button>
  );
}

/** An action that reads as part of a sentence. */
export function LinkButton(props: {
  readonly onClick: () => void;
  readonly label?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <button type="button" class="link" aria-label={props.label} onClick={props.onClick}>
      {props.children}
    </button>
  );
}

/** One choice of a list. */
export function Dropdown(props: {
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  const element = useRef<HTMLElement & { value: string }>(null);
  // The list has to hold its options before one of them can be chosen.
  useLayoutEffect(() => {
    queueMicrotask(() => {
      if (element.current && element.current.value !== props.value) element.current.value = props.value;
    });
  }, [props.value, props.options]);
  return (
    <vscode-dropdown
      ref={element as never}
      aria-label={props.label}
      onChange={() => {
        const chosen = element.current?.value;
        if (chosen !== undefined && chosen !== props.value) props.onChange(chosen);
      }}
    >
      {props.options.map(option => (
        <vscode-option key={option.value} value={option.value}>
          {option.label}
        </vscode-option>
      ))}
    </vscode-dropdown>
  );
}

/** Something that is on or off. */
export function Checkbox(props: {
  readonly label: string;
  readonly title?: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}) {
  const element = useRef<HTMLElement & { checked: boolean }>(null);
  useLayoutEffect(() => {
    if (element.current && element.current.checked !== props.checked) element.current.checked = props.checked;
  }, [props.checked]);
  return (
    <vscode-checkbox
      ref={element as never}
      title={props.title}
      onChange={() => {
        const checked = element.current?.checked;
        if (checked !== undefined && checked !== props.checked) props.onChange(checked);
      }}
    >
      {props.label}
    </vscode-checkbox>
  );
}

/** One line of text that is taken by Enter and given up by Escape. */
export function TextField(props: {
  readonly label: string;
  readonly value: string;
  readonly onAccept: (value: string) => void;
  readonly onCancel: () => void;
}) {
  const element = useRef<HTMLElement & { value: string }>(null);
  useLayoutEffect(() => {
    if (!element.current) return;
    element.current.value = props.value;
    element.current.focus();
  }, [props.value]);
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>) => {
    event.stopPropagation();
    // Enter also ends the composition of a syllable (Hangul, Japanese); that one is not ours.
    if (event.key === "Enter" && !event.isComposing) props.onAccept(element.current?.value ?? props.value);
    if (event.key === "Escape") props.onCancel();
  };
  return (
    <vscode-text-field class="wide" ref={element as never} aria-label={props.label} onKeyDown={onKeyDown} />
  );
}
