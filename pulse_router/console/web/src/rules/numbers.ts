/** Numbers as people read them; what is shortened keeps its exact form for a hover. */

export interface Shown {
  text: string;
  exact: string;
}

const formats = new Map<string, Intl.NumberFormat>();

function format(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.NumberFormat(locale, options);
  formats.set(key, known);
  return known;
}

/** All digits, in groups. */
export function exact(value: number, locale = "en"): string {
  return format(locale, { maximumFractionDigits: 3 }).format(value);
}

/** At most four characters of digits from 10,000 on: `12.3K`. */
export function count(value: number, locale = "en"): Shown {
  const all = exact(value, locale);
  if (Math.abs(value) < 10_000) return { text: all, exact: all };
  const short = format(locale, { notation: "compact", maximumSignificantDigits: 3 }).format(value);
  return { text: short, exact: all };
}

/** A rate a second: three digits that matter, and none that do not. */
export function rate(value: number, locale = "en"): Shown {
  const digits = value !== 0 && Math.abs(value) < 100 ? { maximumSignificantDigits: 2 } : {};
  const options = Math.abs(value) >= 10_000 ? { notation: "compact" as const } : {};
  const text = format(locale, { maximumFractionDigits: 0, ...digits, ...options }).format(value);
  return { text, exact: exact(value, locale) };
}

/** Of 0 to 1, as a per cent that never says 100 or 0 of what is not all or nothing. */
export function share(value: number, locale = "en"): string {
  const kept = value > 0.999 && value < 1 ? 0.999 : value > 0 && value < 0.001 ? 0.001 : value;
  return format(locale, { style: "percent", maximumFractionDigits: 1 }).format(kept);
}

const BYTES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/** Bytes, in steps of 1,024. */
export function bytes(value: number, locale = "en"): Shown {
  let [size, step] = [value, 0];
  while (Math.abs(size) >= 1024 && step < BYTES.length - 1) [size, step] = [size / 1024, step + 1];
  const said = (unit: string, amount: number, digits: number): string =>
    format(locale, {
      style: "unit",
      unit,
      unitDisplay: unit === "byte" ? "long" : "short",
      maximumFractionDigits: digits,
    }).format(amount);
  return {
    text: said(BYTES[step] as string, size, size < 10 ? 1 : 0),
    exact: said("byte", value, 0),
  };
}
