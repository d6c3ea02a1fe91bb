/** A link has brought a token: one sees whom one would be, and says yes or no. */

import { door } from "../../words/en/door.ts";
import { shell } from "../../words/en/shell.ts";
import { zone } from "../preferences.ts";
import { answerLink } from "./entrance.ts";
import { candidate } from "./state.ts";

export function Asked() {
  const asked = candidate.value;
  if (asked === undefined) return null;
  const { who } = asked;
  const rights = Object.entries(door.rights)
    .filter(([right]) => who.may[right as keyof typeof door.rights])
    .map(([, said]) => said);
  return (
    <>
      <p>{door.asked.text}</p>
      <dl class="facts">
        <dt>{door.asked.subject}</dt>
        <dd class="mono">{who.subject ?? "–"}</dd>
        <dt>{door.asked.tenant}</dt>
        <dd class="mono">{who.tenant_id ?? door.asked.noTenant}</dd>
        <dt>{door.asked.roles}</dt>
        <dd class="mono">{who.roles.join(", ")}</dd>
        <dt>{door.asked.may}</dt>
        <dd>{rights.length > 0 ? door.list(rights) : door.nothing}</dd>
        <dt>{door.asked.until}</dt>
        <dd>{shell.moment(Date.parse(who.expires_at), zone.value === "utc")}</dd>
      </dl>
      <p class="faint">{door.asked.warning}</p>
      <div class="actions">
        <button type="button" class="button" onClick={() => void answerLink(false)}>
          {door.asked.no}
        </button>
        <button type="button" class="button primary" onClick={() => void answerLink(true)}>
          {door.asked.yes}
        </button>
      </div>
    </>
  );
}
