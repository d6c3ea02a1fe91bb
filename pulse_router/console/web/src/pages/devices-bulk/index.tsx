import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function DevicesBulkPage() {
  return <Bare title={titles.devicesBulk} />;
}
