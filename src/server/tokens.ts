import { createHash, timingSafeEqual } from 'node:crypto'
import { type Issue, SentinelConfigError } from '../errors.ts'
import { printable } from '../support/printable.ts'

/** Lets whoever holds it see and decide approvals in this name. */
export interface ApprovalToken {
  /** Recorded as who decided; 1 to 200 characters that show as they are. Two tokens may share a name, so that one can replace the other. */
  readonly name: string
  /** 32 to 512 characters of ASCII without blanks, best random; nobody else may know it. */
  readonly token: string
}

/** The name of a token, or undefined for text that is none. */
export type TokenBook = (given: string) => string | undefined

const TOKENS_MAX = 100
const NAME_CHARS_MAX = 200
const TOKEN_CHARS_MIN = 32
export const TOKEN_CHARS_MAX = 512
/** Fewer different characters are a pattern, not a secret. */
const DISTINCT_CHARS_MIN = 8
const TOKEN = /^[\x21-\x7e]+$/

/**
 * Knows tokens by their hashes alone. A lookup takes as long whichever token is given, and compares with all of them.
 * @throws SentinelConfigError listing every token that can not be used, by its place and never by its text.
 */
export function tokenBook(tokens: readonly ApprovalToken[]): TokenBook {
  const issues = issuesOf(tokens)
  if (issues.length > 0) throw new SentinelConfigError(issues)
  const known = tokens.map(({ name, token }) => ({ name, hash: hashOf(token) }))
  return (given) => {
    const hash = hashOf(given)
    let found: string | undefined
    for (const each of known) if (timingSafeEqual(each.hash, hash)) found = each.name
    return found
  }
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest()

function issuesOf(tokens: readonly ApprovalToken[]): readonly Issue[] {
  if (tokens.length === 0 || tokens.length > TOKENS_MAX)
    return [issue('tokens', `there must be 1 to ${TOKENS_MAX} tokens, found ${tokens.length}`)]
  const ofEach = tokens.flatMap(({ name, token }, index) => [
    ...nameIssues(name).map((message) => issue(`tokens[${index}].name`, message)),
    ...tokenIssues(token).map((message) => issue(`tokens[${index}].token`, message)),
  ])
  const areDifferent = new Set(tokens.map(({ token }) => token)).size === tokens.length
  return areDifferent ? ofEach : [...ofEach, issue('tokens', 'two tokens are equal; who decided would be unknown')]
}

const issue = (path: string, message: string): Issue => ({ path, code: 'unusable_token', message })

function nameIssues(name: unknown): readonly string[] {
  const isFit = typeof name === 'string' && name !== '' && name.trim() === name && printable(name) === name
  if (!isFit) return ['a name is text without invisible characters, and without blanks around it']
  return name.length > NAME_CHARS_MAX ? [`a name has at most ${NAME_CHARS_MAX} characters, found ${name.length}`] : []
}

function tokenIssues(token: unknown): readonly string[] {
  if (typeof token !== 'string' || !TOKEN.test(token))
    return ['a token is ASCII text without blanks; `openssl rand -hex 32` makes one']
  if (token.length < TOKEN_CHARS_MIN || token.length > TOKEN_CHARS_MAX)
    return [`a token has ${TOKEN_CHARS_MIN} to ${TOKEN_CHARS_MAX} characters, found ${token.length}`]
  return new Set(token).size < DISTINCT_CHARS_MIN
    ? [`a token has at least ${DISTINCT_CHARS_MIN} different characters; \`openssl rand -hex 32\` makes one`]
    : []
}
