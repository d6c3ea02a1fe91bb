/** How a receiver tells whether a webhook is genuine, in five languages, as text to copy. */

export interface Sample {
  readonly key: string;
  readonly language: string;
  readonly text: string;
}

const PYTHON = `import base64
import hmac
import time


def is_genuine(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """body: as it came, before anything parses it; headers: names in lower case."""
    encoded = secret.removeprefix("whsec_")
    key = base64.b64decode(encoded) if secret != encoded else secret.encode()
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > 300:
        return False  # an old one, sent again by somebody
    signed = f"{headers.get('webhook-id')}.{timestamp}.".encode() + body
    expected = b"v1," + base64.b64encode(hmac.digest(key, signed, "sha256"))
    given = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(expected, signature) for signature in given)
`;

const JAVASCRIPT = `import { createHmac, timingSafeEqual } from "node:crypto";

// body: a Buffer as it came (express.raw(), not express.json()); headers: names in lower case.
export function isGenuine(secret, headers, body) {
  const key = secret.startsWith("whsec_")
    ? Buffer.from(secret.slice("whsec_".length), "base64")
    : Buffer.from(secret);
  const timestamp = headers["webhook-timestamp"];
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!(age <= 300)) return false; // an old one, sent again by somebody
  const signed = createHmac("sha256", key).update(headers["webhook-id"] + "." + timestamp + ".");
  const expected = signed.update(body).digest();
  return (headers["webhook-signature"] ?? "").split(" ").some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ""), "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}
`;

const GO = `package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// IsGenuine takes the body as it came: io.ReadAll(request.Body), before it is decoded.
func IsGenuine(secret string, headers http.Header, body []byte) bool {
	key := []byte(secret)
	if encoded, found := strings.CutPrefix(secret, "whsec_"); found {
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return false
		}
		key = decoded
	}
	timestamp := headers.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || math.Abs(float64(time.Now().Unix()-seconds)) > 300 {
		return false // an old one, sent again by somebody
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(headers.Get("webhook-id") + "." + timestamp + "."))
	mac.Write(body)
	expected := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, given := range strings.Fields(headers.Get("webhook-signature")) {
		if hmac.Equal([]byte(given), []byte(expected)) {
			return true
		}
	}
	return false
}
`;

const PHP = `<?php

// $body: file_get_contents('php://input'), as it came; $headers: names in lower case.
function is_genuine(string $secret, array $headers, string $body): bool
{
    $key = str_starts_with($secret, 'whsec_')
        ? base64_decode(substr($secret, strlen('whsec_')))
        : $secret;
    $timestamp = $headers['webhook-timestamp'] ?? '';
    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > 300) {
        return false; // an old one, sent again by somebody
    }
    $signed = ($headers['webhook-id'] ?? '') . ".$timestamp.$body";
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', $signed, $key, true));
    foreach (explode(' ', $headers['webhook-signature'] ?? '') as $given) {
        if (hash_equals($expected, $given)) {
            return true;
        }
    }
    return false;
}
`;

const RUBY = String.raw`require "openssl"

# body: request.body.read, as it came; headers: names in lower case.
def genuine?(secret, headers, body)
  key = secret.start_with?("whsec_") ? secret.delete_prefix("whsec_").unpack1("m") : secret
  timestamp = headers["webhook-timestamp"].to_s
  return false unless timestamp.match?(/\A\d+\z/)
  return false if (Time.now.to_i - timestamp.to_i).abs > 300 # an old one, sent again by somebody

  signed = "#{headers["webhook-id"]}.#{timestamp}.".b + body.b
  expected = "v1," + [OpenSSL::HMAC.digest("SHA256", key, signed)].pack("m0")
  headers["webhook-signature"].to_s.split.any? do |given|
    given.bytesize == expected.bytesize && OpenSSL.fixed_length_secure_compare(given, expected)
  end
end
`;

export const SAMPLES: readonly Sample[] = [
  { key: "python", language: "Python", text: PYTHON },
  { key: "javascript", language: "JavaScript", text: JAVASCRIPT },
  { key: "go", language: "Go", text: GO },
  { key: "php", language: "PHP", text: PHP },
  { key: "ruby", language: "Ruby", text: RUBY },
];
