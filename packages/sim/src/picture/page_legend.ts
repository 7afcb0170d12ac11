// The page's legend: what its signs mean, and which keys it knows.

const strokes = 'fill="none" stroke="var(--wire)" stroke-width="1.25"';

const signs: readonly (readonly [svg: string, meaning: string])[] = [
  ['<rect x="17" width="7" height="20" fill="var(--bar)"/>', "a process lives"],
  [
    `<rect x="17.5" y="-2" width="6" height="24" ${strokes}/><path d="M17 6l7-7M17 12l7-7M17 18l7-7M17 24l7-7" ${strokes}/>`,
    "it stands still",
  ],
  [
    '<rect x="17" width="7" height="7" fill="var(--bar)"/><path d="M12 7h17" stroke="var(--process)" stroke-width="2"/><path d="M20.5 10v10" stroke="var(--bar)" stroke-dasharray="1 3"/>',
    "it ended; nothing runs",
  ],
  [
    `<path d="M2 4L36 15" ${strokes}/><path d="M37 15.5l-7.500.5 2-5z" fill="var(--wire)"/>`,
    "a message, slanted by its time",
  ],
  [
    '<path d="M2 4L24 12M20 8l8 8M28 8l-8 8" fill="none" stroke="var(--violation)" stroke-width="1.25"/>',
    "it never arrives",
  ],
  [
    `<path d="M6 10h28" ${strokes} stroke-dasharray="2 3"/><circle cx="5" cy="10" r="3.5" ${strokes}/><circle cx="35" cy="10" r="3.5" ${strokes}/>`,
    "a connection stands",
  ],
  [`<path d="M10 10h16M26 6.5v7" ${strokes}/>`, "one end of it is closed"],
  [
    '<path d="M10 10h18M24 6l8 8M32 6l-8 8" fill="none" stroke="var(--violation)" stroke-width="1.25"/>',
    "one end of it is broken",
  ],
  [
    '<rect x="17" width="7" height="20" fill="var(--bar)"/><path d="M17 6h7" stroke="var(--soft)"/><path d="M17 13h13" stroke="var(--disk)" stroke-width="2"/>',
    "disk: done; failed",
  ],
  [
    '<rect x="4" width="36" height="20" fill="var(--network)" opacity="0.12"/><rect x="4" width="2" height="20" fill="var(--network)"/>',
    "a fault, where it holds",
  ],
  ['<path d="M20 4l6 6-6 6-6-6z" fill="var(--network)"/>', "it made a difference"],
  ['<circle cx="20" cy="10" r="2.5" fill="var(--ink)"/>', "a note"],
  ['<path d="M0 10h40" stroke="var(--violation)" stroke-width="2"/>', "a promise is broken"],
];

const families: readonly (readonly [color: string, name: string])[] = [
  ["network", "network"],
  ["process", "process and power"],
  ["disk", "disk"],
  ["clock", "clock"],
];

const keys: readonly (readonly [key: string, act: string])[] = [
  ["j k", "next record, previous record"],
  ["+ −", "zoom, as Ctrl and wheel"],
  ["f", "fold idle time, or not"],
  ["v", "to the violation"],
  ["/", "search; n and N for the matches"],
  ["Esc", "let go"],
];

/** The legend as HTML. */
export const legend = `<section id="legend"><h2>Signs</h2><dl class="signs">${signs
  .map(([svg, meaning]) => row(picture(svg), meaning))
  .join("")}</dl><h2>Faults</h2><dl class="signs">${families
  .map(([color, name]) =>
    row(picture(`<rect y="7" width="36" height="5" fill="var(--${color})"/>`), name),
  )
  .join("")}</dl><h2 class="keys-title">Keys</h2><dl class="keys">${keys
  .map(([key, act]) => row(key, act))
  .join("")}</dl></section>`;

function row(term: string, meaning: string): string {
  return `<dt>${term}</dt><dd>${meaning}</dd>`;
}

function picture(svg: string): string {
  return `<svg viewBox="0 0 40 20" aria-hidden="true">${svg}</svg>`;
}
