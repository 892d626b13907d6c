/** What happens when the guard itself fails: refuse or ask (`secure`), or run and say so (`safe`). */
export type FailMode = 'secure' | 'safe'

/** `full`: acknowledged means it survives power loss. `normal`: it survives a killed process. */
export type Durability = 'full' | 'normal'
