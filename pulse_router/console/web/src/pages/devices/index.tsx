import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function DevicesPage() {
  return <Bare title={titles.devices} />;
}
