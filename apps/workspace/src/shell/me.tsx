// Oneself, as others see one: a name and a colour, to be changed.

import type { ReactNode } from "react";
import { nameLengthMax, personColors, setPerson, usePerson } from "../data/person.ts";
import { Popover } from "../overlay/popover.tsx";
import { Avatar } from "./avatar.tsx";

const colorNames = ["Raspberry", "Brick", "Amber", "Green", "Teal", "Blue", "Violet", "Plum"];

/** A button with one's name, behind which it is changed. */
export function Me(): ReactNode {
  const person = usePerson();
  const button = (
    <>
      <Avatar {...person} />
      <span className="me-name">{person.name}</span>
      <span className="unseen">, your name and colour</span>
    </>
  );
  return (
    <Popover label="Your name and colour" className="me" button={button}>
      {(close) => (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setPerson({ ...person, name: new FormData(event.currentTarget).get("name") as string });
            close();
          }}
        >
          <label>
            Your name
            <input
              name="name"
              defaultValue={person.name}
              maxLength={nameLengthMax}
              autoComplete="nickname"
              onFocus={({ target }) => target.select()}
            />
          </label>
          <fieldset className="colors">
            <legend>Your colour</legend>
            {personColors.map((color, index) => (
              <label key={color} style={{ backgroundColor: color }} title={colorNames[index]}>
                <input
                  type="radio"
                  name="color"
                  aria-label={colorNames[index]}
                  checked={person.color === color}
                  onChange={() => setPerson({ ...person, color })}
                />
              </label>
            ))}
          </fieldset>
          <p className="hint">Others see them beside your cursor. This browser remembers them.</p>
          <button type="submit" className="primary">
            Done
          </button>
        </form>
      )}
    </Popover>
  );
}
