import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function DeviceNewPage() {
  return <Bare title={titles.deviceNew} />;
}
