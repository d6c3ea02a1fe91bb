import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function DevicePage() {
  return <Bare title={titles.device} />;
}
