/** What happens when the guard itself fails: refuse or ask (`secure`), or run and say so (`safe`). */
export type FailMode = 'secure' | 'safe'
