import { randomUUID } from 'node:crypto'

/** What makes a key of the string before it. */
const COLON = /\s*:/y

/** A JSON text without a key that is written with an escape, and those keys by what stands in their place. */
export interface Unescaped {
  readonly text: string
  readonly keys: ReadonlyMap<string, string>
}

const NONE: Unescaped['keys'] = new Map()

/**
 * Takes the keys that are written with an escape out of a JSON text. `JSON.parse` reads such a key as another one of its length when an
 * object that was read before had a key that begins as the escape does (nodejs/node#63785; Node 24 and 26): whoever chooses keys could
 * so hide one from who looks for it.
 * @throws SyntaxError when such a key is not JSON.
 */
export function withoutEscapedKeys(text: string): Unescaped {
  if (!text.includes('\\')) return { text, keys: NONE }
  const standIns = new StandIns()
  let unescaped = ''
  let copiedTo = 0
  for (let open = text.indexOf('"'); open !== -1; ) {
    const end = endOfString(text, open)
    const found = text.slice(open, end)
    if (found.includes('\\') && isKey(text, end)) {
      // By itself a string is read right.
      unescaped += `${text.slice(copiedTo, open)}"${standIns.of(JSON.parse(found))}"`
      copiedTo = end
    }
    open = text.indexOf('"', end)
  }
  return { text: unescaped + text.slice(copiedTo), keys: standIns.keys }
}

/** Where the string ends that begins at `open`; the end of the text when it does not. */
function endOfString(text: string, open: number): number {
  for (let quote = text.indexOf('"', open + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0
    while (text[quote - 1 - slashes] === '\\') slashes++
    if (slashes % 2 === 0) return quote + 1
  }
  return text.length
}

function isKey(text: string, end: number): boolean {
  COLON.lastIndex = end
  return COLON.test(text)
}

/** What stands for a key: one text for each, not to be guessed, so that no key of a text is taken for one. */
class StandIns {
  readonly keys = new Map<string, string>()
  readonly #byKey = new Map<string, string>()
  #mark: string | undefined

  of(key: string): string {
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    this.#mark ??= randomUUID()
    const made = `${this.#mark} ${this.keys.size}`
    this.keys.set(made, key)
    this.#byKey.set(key, made)
    return made
  }
}
