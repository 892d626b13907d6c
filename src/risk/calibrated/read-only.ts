const READING_VERB = /^(?:get|list|read|search|find|fetch|show|view|describe|count|lookup|query)(?![a-z])/

/** Whether a tool's name says that it only reads: `get_balance`, `listFiles`, `search`. A guess, so it may only soften mild risks. */
export const looksReadOnly = (tool: string): boolean => READING_VERB.test(tool)

/** What reading takes off the surprise of a call. */
export const READ_ONLY_RELIEF = 1.5
