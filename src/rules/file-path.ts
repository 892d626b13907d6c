import type { Doubt, Judgement } from './judgement.ts'
import { PATH_CHARACTERS_MAX } from './limits.ts'

const TOO_LONG: Doubt = { because: `the path is longer than ${PATH_CHARACTERS_MAX} characters` }
const AMBIGUOUS: Doubt = {
  because: 'the path can be read in more than one way (backslash, %-escape, control character, ~, or a scheme)',
}
const OTHER_START: Doubt = { because: 'a relative path can not be compared with an absolute one' }
const ABOVE_START: Doubt = { because: 'the relative path leaves the directory it starts in' }
const OTHER_CASE: Doubt = {
  because: 'the path differs from a directory only in case or Unicode form, which some file systems ignore',
}
const EMPTY: Doubt = { because: 'expected a path, found empty text' }

const DISPUTED = /[\\\p{Cc}\p{Cf}]|%[0-9a-f]{2}|^~|^[a-z][a-z0-9+.-]*:/iu

/** A path with `.`, `..` and doubled slashes worked out by text alone: no file system is asked, links are not followed. */
export interface CleanPath {
  readonly start: 'absolute' | 'relative'
  readonly names: readonly string[]
}

/** In doubt when the path is not the same path to every reader. */
export function cleanPath(text: string): CleanPath | Doubt {
  if (text === '') return EMPTY
  if (text.length > PATH_CHARACTERS_MAX) return TOO_LONG
  if (DISPUTED.test(text)) return AMBIGUOUS
  const isAbsolute = text.startsWith('/')
  const names: string[] = []
  for (const name of text.split('/')) {
    if (name === '' || name === '.') continue
    if (name !== '..') names.push(name)
    else if (names.pop() === undefined && !isAbsolute) return ABOVE_START
  }
  return { start: isAbsolute ? 'absolute' : 'relative', names }
}

const fold = (name: string): string => name.normalize('NFKC').toLowerCase()

/** Directories by their names, one step for each name of a path. */
class DirectoryTree {
  readonly #below = new Map<string, DirectoryTree>()
  #isDirectory = false

  add(names: readonly string[], depth = 0): void {
    const name = names[depth]
    if (name === undefined) {
      this.#isDirectory = true
      return
    }
    const next = this.#below.get(name) ?? new DirectoryTree()
    this.#below.set(name, next)
    next.add(names, depth + 1)
  }

  covers(names: readonly string[], depth = 0): boolean {
    const name = names[depth]
    if (this.#isDirectory || name === undefined) return this.#isDirectory
    return this.#below.get(name)?.covers(names, depth + 1) ?? false
  }
}

/** Directories that a rule names. */
export class DirectorySet {
  readonly #exact = { absolute: new DirectoryTree(), relative: new DirectoryTree() }
  readonly #folded = { absolute: new DirectoryTree(), relative: new DirectoryTree() }
  readonly #starts = new Set<CleanPath['start']>()

  /** False: it is not a directory that can be compared with. */
  add(entry: string): boolean {
    const directory = cleanPath(entry)
    if ('because' in directory || entry.split('/').includes('..')) return false
    const { start, names } = directory
    this.#exact[start].add(names)
    this.#folded[start].add(names.map(fold))
    this.#starts.add(start)
    return true
  }

  /** Whether a path is one of the directories or below one of them. */
  covers({ start, names }: CleanPath): Judgement {
    if (this.#exact[start].covers(names)) return true
    if (this.#folded[start].covers(names.map(fold))) return OTHER_CASE
    return this.#starts.has(start === 'absolute' ? 'relative' : 'absolute') ? OTHER_START : false
  }
}
