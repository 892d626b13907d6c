/** From here on the asymptotic series below are exact to the last digits of a double. */
const SERIES_MIN = 12
/** More steps than any continued fraction or power series here needs. */
const STEPS_MAX = 2_000
const EPSILON = 1e-16
/** Stands in for a zero denominator (Lentz). */
const TINY = 1e-300
const LN_2PI = Math.log(2 * Math.PI)

/**
 * `ln gamma(a)` for `a > 0`: Stirling's series after moving `a` up to 12 by `gamma(a + 1) = a gamma(a)`.
 * M. Abramowitz, I. Stegun, "Handbook of Mathematical Functions" (1964), 6.1.41.
 */
export function lnGamma(a: number): number {
  let shift = 0
  let x = a
  while (x < SERIES_MIN) {
    shift -= Math.log(x)
    x += 1
  }
  const r = 1 / (x * x)
  const series =
    1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r * (1 / 1188 - r * (691 / 360360 - r / 156)))))
  return shift + (x - 0.5) * Math.log(x) - x + LN_2PI / 2 + series / x
}

/**
 * `ln gamma(a + 1/2) - ln gamma(a)` for `a > 0`, without the cancellation of two large logarithms: the series
 * `ln(a)/2 - 1/(8a) + 1/(192a^3) - 1/(640a^5) + 17/(14336a^7) - 31/(18432a^9) + 691/(180224a^11)`
 * (F. Tricomi, A. Erdelyi, "The asymptotic expansion of a ratio of gamma functions", 1951), after moving `a` up to 12.
 */
export function lnGammaHalfStep(a: number): number {
  let shift = 0
  let x = a
  while (x < SERIES_MIN) {
    shift -= Math.log1p(0.5 / x)
    x += 1
  }
  const r = 1 / (x * x)
  const series =
    -1 / 8 +
    r * (1 / 192 - r * (1 / 640 - r * (17 / 14336 - r * (31 / 18432 - r * (691 / 180224 - (r * 5461) / 425984)))))
  return shift + Math.log(x) / 2 + series / x
}

/**
 * The continued fraction of the incomplete beta function, by Lentz's method; converges fast for `x < (a + 1) / (a + b + 2)`.
 * W. Press et al., "Numerical Recipes" (3rd ed. 2007), 6.4.
 */
export function betaFraction(a: number, b: number, x: number): number {
  let c = 1
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1))
  let h = d
  for (let m = 1; m <= STEPS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / awayFromZero(1 + even * d)
    c = awayFromZero(1 + even / c)
    h *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / awayFromZero(1 + odd * d)
    c = awayFromZero(1 + odd / c)
    h *= d * c
    if (Math.abs(d * c - 1) < EPSILON * 2) break
  }
  return h
}

/**
 * `ln Q(a, x)`, the logarithm of the regularised upper incomplete gamma function, for `a > 0` and `x >= 0`: the chance that a gamma
 * variable of shape `a` is larger than `x`. Power series below `x = a + 1`, continued fraction above (Numerical Recipes, 6.2).
 * @param lnGammaOfA for who knows `ln gamma(a)`.
 */
export function lnGammaTail(a: number, x: number, lnGammaOfA: number = lnGamma(a)): number {
  if (x <= 0) return 0
  const lnFront = a * Math.log(x) - x - lnGammaOfA
  return x < a + 1
    ? Math.log1p(-Math.min(1, lowerSeries(a, x) * Math.exp(lnFront)))
    : lnFront + Math.log(upperFraction(a, x))
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a
  let sum = term
  for (let n = 1; n <= STEPS_MAX && term > sum * EPSILON; n++) {
    term *= x / (a + n)
    sum += term
  }
  return sum
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = 1 / TINY
  let d = 1 / b
  let h = d
  for (let i = 1; i <= STEPS_MAX; i++) {
    const an = -i * (i - a)
    b += 2
    d = 1 / awayFromZero(an * d + b)
    c = awayFromZero(b + an / c)
    h *= d * c
    if (Math.abs(d * c - 1) < EPSILON * 2) break
  }
  return h
}

const awayFromZero = (value: number): number => (Math.abs(value) < TINY ? TINY : value)
