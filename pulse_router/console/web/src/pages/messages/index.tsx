import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function MessagesPage() {
  return <Bare title={titles.messages} />;
}
