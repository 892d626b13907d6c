/** As this file: the sources are run as they are, too. */
const EXTENSION = import.meta.url.endsWith('.ts') ? '.ts' : '.js'

/** The file of this folder that a thread runs. */
export const threadFile = (name: string): URL => new URL(`./${name}${EXTENSION}`, import.meta.url)
