import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function GroupPage() {
  return <Bare title={titles.group} />;
}
