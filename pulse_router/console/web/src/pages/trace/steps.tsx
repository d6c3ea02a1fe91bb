/** The steps of a message's way, from the device on, each with the time that it took. */

import type { Schema } from "../../api/client.ts";
import { Icon } from "../../icons.tsx";
import { Time } from "../../parts/values.tsx";
import { length, readTime, sayLength } from "../../rules/times.ts";
import { traces as words } from "../../words/en/traces.ts";

export function Steps(props: { steps: readonly Schema<"StepAnswer">[] }) {
  const isRefused = props.steps.some((step) => step.step === "refused");
  // That it was refused is how it ended, and said.
  const steps = props.steps.filter((step) => !isRefused || step.step !== "ended");
  return (
    <ol class="way-steps">
      {steps.map((step, at) => {
        const isBad = step.step === "refused";
        const [now, before] = [readTime(step.at), readTime(steps[at - 1]?.at)];
        const later = now !== undefined && before !== undefined ? now - before : undefined;
        return (
          <li key={step.step} class={isBad ? "bad" : "good"}>
            <Icon name={isBad ? "ban" : "check"} />
            <div>
              <p>
                <strong>{words.steps[step.step] ?? step.step}</strong>{" "}
                {step.at !== null && <Time at={step.at} ms />}{" "}
                {later !== undefined && later > 0 && (
                  <span class="faint">{words.after(sayLength(length(later)))}</span>
                )}
              </p>
              {step.text !== step.step && <p class="faint">{step.text}</p>}
            </div>
          </li>
        );
      })}
    </ol>
  );
}
