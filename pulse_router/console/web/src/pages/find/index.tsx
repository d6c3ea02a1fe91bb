/** Finds whatever a text names, and leads there when it is one thing. */

import { useEffect } from "preact/hooks";
import { get, type Schema } from "../../api/client.ts";
import { useReading } from "../../api/reading.ts";
import { go, link, useQuery } from "../../app/location.ts";
import { FIND_ID } from "../../app/top_bar.tsx";
import { Icon, type IconName } from "../../icons.tsx";
import { Page } from "../../parts/page.tsx";
import { NoneYet, States } from "../../parts/states.tsx";
import { find as words } from "../../words/en/places.ts";
import { titles } from "../../words/en/titles.ts";
import "./find.css";

type Thing = Schema<"FoundThing">;
type Kind = Schema<"Kind">;

const PLACES: Readonly<Record<Kind, readonly [path: string | undefined, icon: IconName]>> = {
  message: ["/messages/", "message"],
  delivery: ["/deliveries/", "message"],
  dead_letter: ["/dead-letters/", "deadLetter"],
  rejected_message: ["/rejected/", "ban"],
  route: ["/routes/", "route"],
  device: ["/devices/", "device"],
  request: [undefined, "code"],
};

export default function FindPage() {
  const [query] = useQuery();
  const text = query.get("q") ?? "";
  if (text === "") {
    return (
      <Page title={titles.find} lead={words.ask}>
        <FocusField />
      </Page>
    );
  }
  return <Found key={text} text={text} />;
}

function FocusField() {
  useEffect(() => document.getElementById(FIND_ID)?.focus(), []);
  return null;
}

function Found({ text }: { text: string }) {
  const reading = useReading(
    (signal) => get("/api/v1/customer/find", { query: { q: text }, signal }),
    [text],
  );
  const only = reading.value?.found.length === 1 ? reading.value.found[0] : undefined;
  const address = only && addressOf(only);
  useEffect(() => {
    if (address !== undefined) go(address, { replace: true });
  }, [address]);
  return (
    <Page title={words.title(text)}>
      <States
        reading={reading}
        lines={3}
        empty={(value) =>
          value.found.length === 0 ? (
            <NoneYet icon="find" title={words.none(text)}>
              {value.note} {words.searched}
            </NoneYet>
          ) : undefined
        }
      >
        {(value) => (
          <ul class="found">
            {value.found.map((thing) => (
              <li key={thing.kind + thing.id}>
                <One thing={thing} />
              </li>
            ))}
          </ul>
        )}
      </States>
    </Page>
  );
}

function One({ thing }: { thing: Thing }) {
  const address = addressOf(thing);
  const shown = (
    <>
      <Icon name={PLACES[thing.kind][1]} />
      <span class="found-kind">{words.kinds[thing.kind]}</span>
      <span class="mono">{thing.id}</span>
      <span class="faint">{thing.text}</span>
    </>
  );
  return address === undefined ? (
    <span class="found-thing">{shown}</span>
  ) : (
    <a class="found-thing" href={address}>
      {shown}
    </a>
  );
}

function addressOf(thing: Thing): string | undefined {
  const [path] = PLACES[thing.kind];
  return path === undefined ? undefined : link(path + encodeURIComponent(thing.id));
}
