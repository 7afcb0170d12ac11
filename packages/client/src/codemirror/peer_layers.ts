// Draws the others: a tint behind what they selected, a caret with their name where they are.
//
// In layers over and under the text, not in it: a widget between two letters breaks lines
// elsewhere, stands in the way of the arrow keys, and ends a composition beside it. A name
// shows while its caret moves, for 2 s, and under the pointer. All of it is decoration, and
// hidden from assistive technology.

import { EditorSelection, type Extension } from "@codemirror/state";
import {
  EditorView,
  type LayerMarker,
  layer,
  RectangleMarker,
  type ViewUpdate,
} from "@codemirror/view";
import { type PeerCaret, peerCarets } from "./peer_carets.ts";

// How far from a caret, in pixels, the pointer shows its name.
const hoverPixels = 6;
// A caret higher than this, in pixels from the top, has its name below.
const flagPixels = 20;

/** A rectangle behind selected text. */
class TintMarker implements LayerMarker {
  readonly #rectangle: RectangleMarker;
  readonly #color: string;

  constructor(rectangle: RectangleMarker, color: string) {
    this.#rectangle = rectangle;
    this.#color = color;
  }

  eq(other: LayerMarker): boolean {
    return (
      other instanceof TintMarker &&
      other.#color === this.#color &&
      other.#rectangle.eq(this.#rectangle)
    );
  }

  draw(): HTMLElement {
    const element = this.#rectangle.draw();
    // 25 % of a colour: text stays readable on it, light or dark.
    element.style.backgroundColor = `${this.#color}40`;
    return element;
  }
}

/** A caret and its name. */
class CaretMarker implements LayerMarker {
  readonly #rectangle: RectangleMarker;
  readonly #caret: PeerCaret;

  constructor(rectangle: RectangleMarker, caret: PeerCaret) {
    this.#rectangle = rectangle;
    this.#caret = caret;
  }

  eq(other: LayerMarker): boolean {
    if (!(other instanceof CaretMarker)) return false;
    const { key, name, color, moves } = this.#caret;
    const caret = other.#caret;
    const isSame = caret.key === key && caret.name === name && caret.color === color;
    return isSame && caret.moves === moves && other.#rectangle.eq(this.#rectangle);
  }

  draw(): HTMLElement {
    const element = this.#rectangle.draw();
    element.setAttribute("aria-hidden", "true");
    const flag = element.appendChild(element.ownerDocument.createElement("span"));
    flag.className = "cm-peerFlag";
    this.#dress(element);
    return element;
  }

  update(element: HTMLElement, previous: LayerMarker): boolean {
    if (!(previous instanceof CaretMarker) || previous.#caret.key !== this.#caret.key) return false;
    const { left, top, height } = this.#rectangle;
    element.style.left = `${left}px`;
    element.style.top = `${top}px`;
    element.style.height = `${height}px`;
    this.#dress(element);
    return true;
  }

  #dress(element: HTMLElement): void {
    const { name, color, moves } = this.#caret;
    // Two names for one animation: it begins anew where the name changes.
    const motion = moves % 2 === 0 ? "cm-peerMovedA" : "cm-peerMovedB";
    const side = this.#rectangle.top < flagPixels ? " cm-peerFlagBelow" : "";
    element.className = `cm-peerCaret ${motion}${side}`;
    element.style.backgroundColor = color;
    const flag = element.lastElementChild as HTMLElement;
    flag.textContent = name;
    flag.hidden = name === "";
    flag.style.backgroundColor = color;
  }
}

function tints(view: EditorView): readonly LayerMarker[] {
  return inRange(view).flatMap(({ anchor, head, colorLight }) => {
    if (anchor === head) return [];
    const range = EditorSelection.range(Math.min(anchor, head), Math.max(anchor, head));
    return RectangleMarker.forRange(view, "cm-peerSelection", range).map(
      (rectangle) => new TintMarker(rectangle, colorLight),
    );
  });
}

function carets(view: EditorView): readonly LayerMarker[] {
  return inRange(view).flatMap((caret) =>
    RectangleMarker.forRange(view, "cm-peerCaret", EditorSelection.cursor(caret.head)).map(
      (rectangle) => new CaretMarker(rectangle, caret),
    ),
  );
}

function inRange({ state }: EditorView): readonly PeerCaret[] {
  const { length } = state.doc;
  return peerCarets(state).filter(({ anchor, head }) => Math.max(anchor, head) <= length);
}

function isChanged({ docChanged, startState, state }: ViewUpdate): boolean {
  return docChanged || peerCarets(startState) !== peerCarets(state);
}

function showUnderPointer(event: MouseEvent, view: EditorView): void {
  if (peerCarets(view.state).length === 0) return;
  for (const element of view.scrollDOM.querySelectorAll(".cm-peerCaret")) {
    const { left, top, bottom } = element.getBoundingClientRect();
    const isNear =
      Math.abs(event.clientX - left) <= hoverPixels &&
      event.clientY >= top &&
      event.clientY <= bottom;
    element.classList.toggle("cm-peerHovered", isNear);
  }
}

const flagMotion = { "0%": { opacity: 1 }, "85%": { opacity: 1 }, "100%": { opacity: 0 } };

const theme = EditorView.baseTheme({
  ".cm-peerCarets": { pointerEvents: "none" },
  ".cm-peerCaret": { width: "2px", marginLeft: "-1px" },
  ".cm-peerFlag": {
    position: "absolute",
    bottom: "100%",
    left: "0",
    padding: "0 4px",
    borderRadius: "3px 3px 3px 0",
    font: "600 12px/18px system-ui, sans-serif",
    whiteSpace: "nowrap",
    unicodeBidi: "isolate",
    color: "#fff",
    opacity: "0",
  },
  ".cm-peerFlagBelow .cm-peerFlag": {
    bottom: "auto",
    top: "100%",
    borderRadius: "0 3px 3px 3px",
  },
  ".cm-peerMovedA .cm-peerFlag": { animation: "cm-peerFlagA 2s forwards" },
  ".cm-peerMovedB .cm-peerFlag": { animation: "cm-peerFlagB 2s forwards" },
  // Over the animation, which would begin anew where it was switched off meanwhile.
  ".cm-peerHovered .cm-peerFlag": { opacity: "1 !important" },
  "@keyframes cm-peerFlagA": flagMotion,
  "@keyframes cm-peerFlagB": flagMotion,
});

/** The carets and selections of peers. */
export function peerLayers(): Extension {
  return [
    layer({ above: false, class: "cm-peerSelections", update: isChanged, markers: tints }),
    layer({ above: true, class: "cm-peerCarets", update: isChanged, markers: carets }),
    EditorView.domEventHandlers({ mousemove: showUnderPointer }),
    theme,
  ];
}
