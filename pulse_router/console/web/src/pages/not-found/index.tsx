/** Nothing stands at this address. */

import { link } from "../../app/location.ts";
import { Page } from "../../parts/page.tsx";
import { notFound as words } from "../../words/en/places.ts";
import { titles } from "../../words/en/titles.ts";

export default function NotFoundPage() {
  return (
    <Page title={titles.notFound} lead={words.lead}>
      <a class="button" href={link("/")}>
        {words.overview}
      </a>
    </Page>
  );
}
