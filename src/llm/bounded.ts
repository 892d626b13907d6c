import { emptyObject, isPlainArray, isPlainObject, type Plain, type PlainObject } from '../domain/plain.ts'

const HEAD_CHARS_MAX = 1_500
const TAIL_CHARS_MAX = 500
const KEY_CHARS_MAX = 100
const ITEMS_MAX = 50
const DEPTH_MAX = 8
const CUT = '… (cut)'

/**
 * Data as a model gets to see it: long texts, lists and deep nests are cut, and say how much is missing. Of a text the end is shown
 * too, since padding is the cheapest way to hide something.
 * @param charsMax about how many characters of keys and values are kept in all.
 */
export function bounded(value: Plain, charsMax: number): Plain {
  let charsLeft = charsMax

  const spent = <Value>(shown: Value, chars: number): Value => {
    charsLeft -= chars
    return shown
  }

  function seen(value: Plain, depth: number): Plain {
    if (charsLeft <= 0) return CUT
    if (typeof value === 'string') return text(value)
    if (typeof value !== 'object' || value === null) return spent(value, String(value).length)
    if (depth >= DEPTH_MAX) return spent(CUT, CUT.length)
    if (isPlainArray(value)) return list(value, depth)
    return isPlainObject(value) ? object(value, depth) : CUT
  }

  function text(value: string): string {
    const room = Math.min(HEAD_CHARS_MAX + TAIL_CHARS_MAX, charsLeft)
    if (value.length <= room) return spent(value, value.length)
    const tail = Math.min(TAIL_CHARS_MAX, Math.floor(room / 4))
    const head = value.slice(0, room - tail).toWellFormed()
    const end = value.slice(value.length - tail).toWellFormed()
    return spent(`${head}… (${value.length - room} characters cut) …${end}`, room)
  }

  function list(value: readonly Plain[], depth: number): Plain {
    const shown = value.slice(0, ITEMS_MAX).map((item) => spent(seen(item, depth + 1), 1))
    const left = value.length - shown.length
    return left > 0 ? [...shown, `… (${left} items cut)`] : shown
  }

  function object(value: PlainObject, depth: number): Plain {
    const copy = emptyObject()
    const keys = Object.keys(value)
    for (const key of keys.slice(0, ITEMS_MAX)) {
      if (charsLeft <= 0) break
      const name = key.length <= KEY_CHARS_MAX ? key : `${key.slice(0, KEY_CHARS_MAX).toWellFormed()}…`
      copy[name] = spent(seen(value[key] as Plain, depth + 1), name.length)
    }
    const left = keys.length - Object.keys(copy).length
    if (left > 0) copy['…'] = `${left} parameters cut`
    return copy
  }

  return seen(value, 0)
}
