const MAJOR_MIN = 22

/** Says what is wrong with a Node version; undefined when it will do. */
export function nodeVersionProblem(version: string): string | undefined {
  const major = Number.parseInt(version.replace(/^v/, ''), 10)
  if (major >= MAJOR_MIN) return undefined
  return `sentinel-guard needs Node ${MAJOR_MIN} or newer, found ${version}. Install a current Node (https://nodejs.org) and try again.`
}
