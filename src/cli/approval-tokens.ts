import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import type { ApprovalToken } from '../server/tokens.ts'
import { printable } from '../support/printable.ts'
import { operatorName } from './operator.ts'
import { CommandError, type Terminal } from './terminal.ts'

const TOKEN_BYTES = 32
const FILE_BYTES_MAX = 4_096
const GROUP_AND_OTHERS = 0o077
/** Windows has no such modes. */
const IS_POSIX = process.platform !== 'win32'

/** Who may decide. `made`: a token that was made for this run alone, and that somebody must be told. */
export interface Tokens {
  readonly tokens: readonly ApprovalToken[]
  readonly made?: ApprovalToken
}

/**
 * The tokens of `--token`, or else of SENTINEL_APPROVAL_TOKENS, or else a new one for whoever runs the command.
 * @throws CommandError naming the option or the place in the variable, never the token.
 */
export function approvalTokens({ env, stderr }: Terminal, files: readonly string[]): Tokens {
  if (files.length > 0) return { tokens: files.map(fromFile) }
  const listed = env.SENTINEL_APPROVAL_TOKENS
  if (listed !== undefined && listed.trim() !== '') return { tokens: fromVariable(listed) }
  // What is printed elsewhere is kept in some log.
  if (!stderr.isTTY) throw new CommandError(NO_TOKEN)
  const made = { name: operatorName(), token: randomBytes(TOKEN_BYTES).toString('base64url') }
  return { tokens: [made], made }
}

const NO_TOKEN =
  'there is no token, and no terminal to print a new one to; give --token NAME=FILE, or SENTINEL_APPROVAL_TOKENS with NAME=TOKEN'

function fromFile(option: string): ApprovalToken {
  const [name, path] = parts(option)
  if (name === undefined || path === undefined)
    throw new CommandError(`--token takes NAME=FILE, found "${printable(option)}"`)
  return { name, token: contentOf(path) }
}

/** Of a file that only its owner can read. */
function contentOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const { mode, size } = fstatSync(file)
    if (IS_POSIX && (mode & GROUP_AND_OTHERS) !== 0)
      throw new CommandError(
        `others than its owner may read '${path}'; run \`chmod 600\` on it, with a new token in it`,
      )
    if (size > FILE_BYTES_MAX) throw new CommandError(`'${path}' is too long for a token`)
    return readFileSync(file, 'utf8').trim()
  } finally {
    closeSync(file)
  }
}

/** `ada=…, ben=…`, or one a line. */
const fromVariable = (listed: string): readonly ApprovalToken[] =>
  listed
    .split(/[,\n]/)
    .map((entry) => entry.trim())
    .filter(Boolean)
    .map((entry, index) => {
      const [name, token] = parts(entry)
      if (name === undefined || token === undefined)
        throw new CommandError(
          `SENTINEL_APPROVAL_TOKENS takes NAME=TOKEN, with commas between; entry ${index + 1} is not`,
        )
      return { name, token }
    })

/** Names have no equals sign; tokens and paths may. */
function parts(text: string): readonly [string?, string?] {
  const at = text.indexOf('=')
  return at > 0 && at < text.length - 1 ? [text.slice(0, at).trim(), text.slice(at + 1).trim()] : []
}
