import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function JobsPage() {
  return <Bare title={titles.jobs} />;
}
