/** The frame: search on top, navigation beside, the page in between, or the door. */

import { useLayoutEffect, useMemo } from "preact/hooks";
import { LocationProvider, Route, Router, useLocation } from "preact-iso/router";
import { Toasts } from "../parts/toasts.tsx";
import { shell } from "../words/en/shell.ts";
import { Bars } from "./bars.tsx";
import { Door } from "./door/door.tsx";
import { Over } from "./door/over.tsx";
import { place } from "./door/state.ts";
import { ShellKeys } from "./key_list.tsx";
import { arrive, followBack, pathOf, ROOT, routeWith } from "./location.ts";
import { Navigation } from "./navigation.tsx";
import { ChooseTenant, OtherTenant } from "./no_sight.tsx";
import { side } from "./preferences.ts";
import { NOT_FOUND, placeOf, ROUTES } from "./routes.ts";
import { type Session, session } from "./session.ts";
import { look, lookAway } from "./tenant.ts";
import { TopBar } from "./top_bar.tsx";

export function Shell() {
  return (
    <LocationProvider scope={ROOT}>
      <Frame />
    </LocationProvider>
  );
}

function Frame() {
  const { url, route } = useLocation();
  routeWith(route);
  useMemo(() => arrive(url), [url]);
  useLayoutEffect(followBack, []);
  const known = place.value === "open" ? session.value : undefined;
  if (known === undefined) lookAway();
  return (
    <div class="frame" data-side={known === undefined ? "none" : side.value}>
      <a class="skip" href="#content">
        {shell.skip}
      </a>
      <TopBar />
      {known !== undefined && <Navigation />}
      <main class="content" id="content" tabIndex={-1}>
        <Bars />
        {known === undefined ? <Door /> : <Sight known={known} />}
      </main>
      {known !== undefined && <ShellKeys />}
      <Over />
      <Toasts />
    </div>
  );
}

/** The page, if it may be seen: the tenant of the address is settled before the page is made. */
function Sight({ known }: { known: Session }) {
  const { path, query } = useLocation();
  const at = placeOf(pathOf(path));
  switch (look(known, query.tenant, at === undefined || at.isAcross)) {
    case "other":
      return <OtherTenant theirs={query.tenant ?? ""} yours={known.tenant} />;
    case "choose":
      return <ChooseTenant />;
    case "ok":
      return <Pages />;
  }
}

function Pages() {
  return (
    <Router>
      {[
        ...ROUTES.map(({ path, page }) => (
          <Route key={path} path={ROOT + path.slice(1)} component={page} />
        )),
        <Route key="" default component={NOT_FOUND} />,
      ]}
    </Router>
  );
}
