/** The first that has version 10 of Node-API: on an older one better-sqlite3 13 ends the process (WiseLibs/better-sqlite3#1514). */
const OLDEST = { major: 22, minor: 14 }

/** Says what is wrong with a Node version; undefined when it will do. */
export function nodeVersionProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  if (major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor)) return undefined
  return `sentinel-guard needs Node ${OLDEST.major}.${OLDEST.minor} or newer, found ${version}. Install a current Node (https://nodejs.org) and try again.`
}
