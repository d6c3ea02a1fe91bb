import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function DeadLettersPage() {
  return <Bare title={titles.deadLetters} />;
}
