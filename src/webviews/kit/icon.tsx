/** Shapes in a 10 × 10 box, in the colour of the text around them. */
const PATHS = {
  first: "M1 1h1.6v8H1zM9 1v8L3.4 5z",
  previous: "M8 1v8L2 5z",
  play: "M2 1v8l6-4z",
  pause: "M2 1h2.2v8H2zM5.8 1H8v8H5.8z",
  next: "M2 1v8l6-4z",
  last: "M1 1v8l5.6-4zM7.4 1H9v8H7.4z",
} as const;

export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg class="icon" width="10" height="10" viewBox="0 0 10 10" fill="currentColor" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
