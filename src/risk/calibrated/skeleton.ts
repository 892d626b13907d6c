/** Longer values are prose, not codes. */
const SKELETON_TEXT_CHARS_MAX = 40
const SKELETON_CHARS = 16

/**
 * The form of a short text: small letters as `a`, capitals as `A`, digits as `9`, runs collapsed, the first 16 signs.
 * `GB29 NWBK` and `DE44 COBA` are both `A9 A`. Undefined for longer text.
 */
export function skeletonOf(text: string): string | undefined {
  if (text.length > SKELETON_TEXT_CHARS_MAX) return undefined
  let form = ''
  let last = ''
  for (const character of text) {
    const sign = signOf(character)
    if (sign === last) continue
    form += sign
    last = sign
    if (form.length >= SKELETON_CHARS) break
  }
  return form
}

function signOf(character: string): string {
  if (character >= 'a' && character <= 'z') return 'a'
  if (character >= 'A' && character <= 'Z') return 'A'
  if (character >= '0' && character <= '9') return '9'
  return character
}
