import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function LivePage() {
  return <Bare title={titles.live} />;
}
