/** The frame: search on top, navigation beside, the page in between. */

import { LocationProvider, Route, Router, useLocation } from "preact-iso";
import { shell } from "../words/en/shell.ts";
import { link, ROOT, routeWith } from "./location.ts";
import { Navigation } from "./navigation.tsx";
import { NOT_FOUND, ROUTES } from "./routes.ts";

export function Shell() {
  return (
    <LocationProvider scope={ROOT}>
      <Frame />
    </LocationProvider>
  );
}

function Frame() {
  const { route } = useLocation();
  routeWith(route);
  return (
    <div class="frame">
      <a class="skip" href="#content">
        {shell.skip}
      </a>
      <header class="top">
        <a class="brand" href={link("/")}>
          {shell.product}
        </a>
      </header>
      <Navigation />
      <main class="content" id="content" tabIndex={-1}>
        <Router>
          {[
            ...ROUTES.map(({ path, page }) => (
              <Route key={path} path={ROOT + path.slice(1)} component={page} />
            )),
            <Route key="" default component={NOT_FOUND} />,
          ]}
        </Router>
      </main>
    </div>
  );
}
