const MINUTE_MS = 60_000
export const HOUR_MS: number = 60 * MINUTE_MS
export const DAY_MS: number = 24 * HOUR_MS

/** So far must an agent's history reach back before the judged window, for it to be judged by that history. */
export const WARM_AFTER_MS: number = 7 * DAY_MS

/** What holds for an agent that nobody knows yet. */
export const FIXED = {
  /** More calls than this in an hour. */
  callsPerHour: 50,
  /** More of the outcomes of a day than this share failed, of at least so many. */
  failedShare: 0.2,
  outcomesMin: 5,
  /** More calls than this in a day, at these hours. */
  offHoursCalls: 10,
  offHours: [22, 23, 0, 1, 2, 3, 4, 5],
} as const

/** What is stranger than this, against the agent's own history, is an anomaly: one day in a thousand. */
export const STRANGE: number = Math.log(1_000)
/** One busy hour in 500. */
export const BUSY: number = Math.log(500)
/** So many times fewer would still have to be that busy: a record by a hair is no spike. */
export const BUSY_MARGIN = 2
/** Fewer calls in an hour are no spike, whatever is usual. */
export const BUSY_CALLS_MIN = 10
/** Fewer failures in a day, or calls at odd hours, are a matter for who looks at single calls. */
export const FAILURES_MIN = 3
export const OFF_HOURS_CALLS_MIN = 5
/**
 * A share was learned from many calls, but not from so many days: it weighs as much as so many calls at most, so that a day that is
 * a little different is no news.
 */
export const SHARE_WEIGHT_MAX = 400
/** With fewer outcomes than this, nobody knows what share is usual; with fewer busy hours, nobody knows how busy they get. */
export const OUTCOMES_KNOWN_MIN = 20
export const BUSY_HOURS_KNOWN_MIN = 5

/** What is strange is not learned as usual, unless it goes on for so long: then it is what this agent does now. */
export const NEWS_MAX_MS: number = 7 * DAY_MS

/** Principals that one agent remembers; one with more has new ones all the time. */
export const PRINCIPALS_MAX = 10_000
/** An agent that nobody knows yet, and that has shown so many principals, evidently works for many. */
export const COLD_PRINCIPALS_MAX = 20
/** New principals are usual where they came on more than this share of the earlier days, at least so many. */
export const NEWCOMER_DAYS_SHARE = 0.2
export const NEWCOMER_DAYS_MIN = 3

/**
 * A condition that is not seen for so long is over, and a new anomaly when it comes back: a week and a day, so that what happens
 * every week is one.
 */
export const OVER_AFTER_MS: number = 8 * DAY_MS
/** What was acknowledged is told again when it is so many times as bad. */
export const WORSE_FACTOR = 1.5
