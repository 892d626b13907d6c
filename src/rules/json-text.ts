/** Something in a JSON text that has a place. */
export interface JsonTextProblem {
  readonly code: 'bad_json' | 'duplicate_key'
  readonly line: number
  readonly column: number
  readonly message: string
}

const WHITE = /[ \t\n\r]*/y
const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
/** Deeper nesting is refused: no rules file needs it, and the walk must not run out of stack. */
const DEPTH_MAX = 256

class Misplaced extends Error {
  readonly at: number
  constructor(at: number, wanted: string) {
    super(wanted)
    this.at = at
  }
}

/** Walks a JSON text by its grammar. `JSON.parse` gives the values; this knows places, and keys that are written twice. */
class Walk {
  readonly duplicates: { key: string; at: number }[] = []
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): void {
    this.#value(0)
    this.#skipWhite()
    if (this.#at < this.#text.length) throw new Misplaced(this.#at, 'the end of the file')
  }

  #skipWhite(): void {
    WHITE.lastIndex = this.#at
    WHITE.test(this.#text)
    this.#at = WHITE.lastIndex
  }

  #take(character: string): boolean {
    this.#skipWhite()
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #need(character: string, wanted: string): void {
    if (!this.#take(character)) throw new Misplaced(this.#at, wanted)
  }

  #value(depth: number): void {
    if (depth > DEPTH_MAX) throw new Misplaced(this.#at, `at most ${DEPTH_MAX} levels of nesting`)
    if (this.#take('{')) this.#object(depth)
    else if (this.#take('[')) this.#array(depth)
    else if (this.#text[this.#at] === '"') this.#string()
    else this.#literal()
  }

  #object(depth: number): void {
    const keys = new Set<string>()
    if (this.#take('}')) return
    do {
      this.#skipWhite()
      const at = this.#at
      if (this.#text[at] !== '"') throw new Misplaced(at, 'a key in double quotes (there is no comma before a })')
      this.#string()
      const key: unknown = JSON.parse(this.#text.slice(at, this.#at))
      if (keys.has(String(key))) this.duplicates.push({ key: String(key), at })
      keys.add(String(key))
      this.#need(':', 'a : after the key')
      this.#value(depth + 1)
    } while (this.#take(','))
    this.#need('}', 'a , or a }')
  }

  #array(depth: number): void {
    if (this.#take(']')) return
    do this.#value(depth + 1)
    while (this.#take(','))
    this.#need(']', 'a , or a ]')
  }

  #string(): void {
    for (let at = this.#at + 1; at < this.#text.length; at++) {
      const character = this.#text[at] ?? ''
      if (character === '"') {
        this.#at = at + 1
        return
      }
      if (character < ' ') throw new Misplaced(at, 'no line break or control character inside text; write \\n')
      if (character === '\\') {
        ESCAPE.lastIndex = at
        if (!ESCAPE.test(this.#text)) throw new Misplaced(at, 'an escape that JSON knows; write \\\\ for a backslash')
        at = ESCAPE.lastIndex - 1
      }
    }
    throw new Misplaced(this.#text.length, 'the closing " of a text')
  }

  #literal(): void {
    LITERAL.lastIndex = this.#at
    if (!LITERAL.test(this.#text)) {
      throw new Misplaced(this.#at, 'a value: text in double quotes, a number, true, false, null, { or [')
    }
    this.#at = LITERAL.lastIndex
  }
}

function placeIn(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: at - lineStart + 1 }
}

function foundAt(text: string, at: number): string {
  const character = [...text.slice(at, at + 2)][0]
  return character === undefined ? 'the end of the file' : JSON.stringify(character)
}

/** What is wrong with a JSON text: its first syntax error, or every key that an object has twice. Empty when nothing is. */
export function jsonTextProblems(text: string): readonly JsonTextProblem[] {
  const walk = new Walk(text)
  try {
    walk.document()
  } catch (error) {
    if (!(error instanceof Misplaced)) throw error
    const message = `expected ${error.message}, found ${foundAt(text, error.at)}`
    return [{ code: 'bad_json', ...placeIn(text, error.at), message }]
  }
  return walk.duplicates.map(({ key, at }) => ({
    code: 'duplicate_key',
    ...placeIn(text, at),
    message: `the key ${JSON.stringify(key)} is in this object before; only one of the two would count, so remove one`,
  }))
}
