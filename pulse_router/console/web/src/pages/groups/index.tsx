import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function GroupsPage() {
  return <Bare title={titles.groups} />;
}
