import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function DeadLetterPage() {
  return <Bare title={titles.deadLetter} />;
}
