/** Starts the console in the frame that the page brings. */

import { render } from "preact";
import { enter } from "./app/door/entrance.ts";
import { Shell } from "./app/shell.tsx";
import { followLive } from "./live/socket.ts";

const place = document.getElementById("app");
if (place !== null) {
  place.replaceChildren();
  render(<Shell />, place);
}
followLive();
await enter();
