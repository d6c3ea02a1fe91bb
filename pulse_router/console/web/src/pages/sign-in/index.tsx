import { Bare } from "../../app/bare.tsx";
import { titles } from "../../words/en/titles.ts";

export default function SignInPage() {
  return <Bare title={titles.signIn} />;
}
