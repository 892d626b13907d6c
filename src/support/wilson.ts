/** Standard deviations to each side that hold 95 % of a normal. */
const Z = 1.959963984540054

/**
 * The interval that a share lies in, with 95 % confidence, after `hits` of `tries` (1 or more): 0 to 1, never empty.
 * `(p + z^2/2n ± z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)` (E. Wilson, "Probable inference, the law of succession, and statistical
 * inference", Journal of the American Statistical Association 1927).
 */
export function wilsonInterval(hits: number, tries: number): readonly [low: number, high: number] {
  const share = hits / tries
  const scale = 1 + (Z * Z) / tries
  const centre = share + (Z * Z) / (2 * tries)
  const reach = Z * Math.sqrt((share * (1 - share)) / tries + (Z * Z) / (4 * tries * tries))
  return [
    Math.max(0, Math.min(share, (centre - reach) / scale)),
    Math.min(1, Math.max(share, (centre + reach) / scale)),
  ]
}
