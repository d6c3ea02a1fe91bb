import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function RejectedPage() {
  return <Bare title={titles.rejected} />;
}
