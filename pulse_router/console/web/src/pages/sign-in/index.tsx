/** Where an issuer sends one back to. Who is not signed in sees the door here, as anywhere. */

import { useEffect } from "preact/hooks";
import { go, link } from "../../app/location.ts";
import { Page } from "../../parts/page.tsx";
import { titles } from "../../words/en/titles.ts";

export default function SignInPage() {
  useEffect(() => go(link("/"), { replace: true }), []);
  return <Page title={titles.signIn} />;
}
