/** Says what a page over plain HTTP in a network lacks, and the ways out. */

import { door } from "../../words/en/door.ts";

export function Insecure() {
  if (isSecureContext) return null;
  const port = location.port || "80";
  return (
    <section class="note" aria-label={door.insecure.title}>
      <h2>{door.insecure.title}</h2>
      <p>{door.insecure.text}</p>
      <p>{door.insecure.ways}</p>
      <ul>
        <li>{door.insecure.proxy}</li>
        <li>
          {door.insecure.sshBefore}{" "}
          <a href={`http://localhost:${port}${location.pathname}`}>localhost:{port}</a>:{" "}
          <code>{door.insecure.ssh(location.hostname, port)}</code>
        </li>
        <li>{door.insecure.pasted}</li>
      </ul>
    </section>
  );
}
