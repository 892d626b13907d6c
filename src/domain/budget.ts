/** How many of 1,000 normal calls may reach risk 7 and risk 4. More than 0; fewer escalated than warned, less than 1,000. */
export interface Budget {
  readonly escalatePer1000: number
  readonly warnPer1000: number
}

export const DEFAULT_BUDGET: Budget = Object.freeze({ escalatePer1000: 2, warnPer1000: 46 })
