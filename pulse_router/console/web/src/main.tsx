/** Starts the console in the frame that the page brings. */

import { render } from "preact";
import { kept } from "./app/door/kept.ts";
import { begin, whoIs } from "./app/session.ts";
import { Shell } from "./app/shell.tsx";

const place = document.getElementById("app");
if (place !== null) {
  place.replaceChildren();
  render(<Shell />, place);
}

const token = kept();
if (token !== undefined) begin(token, await whoIs(token));
