/** Bounds of a rules file. Beyond them loading fails; none of them is ever met by cutting something off. */
export const FILE_BYTES_MAX: number = 16 * 1024 * 1024
export const RULES_MAX = 100_000
export const CONDITIONS_PER_RULE_MAX = 1_000
/** How deep `any`, `all` and `not` may nest. */
export const CONDITION_DEPTH_MAX = 16
export const PATH_SEGMENTS_MAX = 64
export const GLOB_CHARACTERS_MAX = 1_000
export const REGEX_CHARACTERS_MAX = 10_000
export const LIST_ITEMS_MAX = 100_000
export const ID_CHARACTERS_MAX = 200
export const MESSAGE_CHARACTERS_MAX = 4_000
/** How far back a window may reach; so long its calls are kept. */
export const WINDOW_DAYS_MAX = 366
export const CALLS_IN_WINDOW_MAX = 100_000

/** Bounds of one value. Beyond them the condition is unknown. */
export const REGEX_INPUT_BYTES_MAX: number = 16 * 1024
export const MAIL_CHARACTERS_MAX: number = 16 * 1024
export const URL_CHARACTERS_MAX: number = 8 * 1024
export const PATH_CHARACTERS_MAX: number = 4 * 1024

/**
 * What judging one call may cost, in steps of about 10 ns on the machine it was measured on: 30 ms, which keeps a hundred rules under
 * 50 ms for the worst arguments. Beyond it conditions that cost more than a look are unknown.
 */
export const EFFORT_STEPS_MAX = 3_000_000

/** What looking at one element of an array costs, in the same steps. */
export const STEPS_PER_ELEMENT = 10
