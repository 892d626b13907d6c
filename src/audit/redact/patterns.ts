import { MARKS } from '../../domain/redacted.ts'
import { matchesIn, type Span } from './spans.ts'

/**
 * Shapes that only secrets have. Each starts at the edge of a word and repeats one class of characters at a time, so that all of them
 * together take time linear in the text. What is longer than a shape asks for belongs to it: half a secret must not stay behind.
 */
const TOKENS = [
  // Cloud keys: AWS, Google, DigitalOcean
  /(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16,}/,
  /AIza[\w-]{30,}/,
  /ya29\.[\w-]{20,}/,
  /GOCSPX-[\w-]{20,}/,
  /do[opr]_v1_[a-f0-9]{40,}/,
  // Code: GitHub, GitLab, npm, PyPI, Hugging Face
  /gh[pousr]_[A-Za-z0-9]{20,}/,
  /github_pat_\w{20,}/,
  /gl(?:pat|dt|rt|cbt|ptt|soat)-[\w-]{16,}/,
  /npm_[A-Za-z0-9]{30,}/,
  /pypi-AgE[\w-]{20,}/,
  /hf_[A-Za-z0-9]{20,}/,
  // Messages and money: Slack, SendGrid, Stripe, Shopify, Twilio
  /xox[abeoprs]-[\w-]{10,}/,
  /xapp-\d-[\w-]{10,}/,
  /SG\.[\w-]{16,}\.[\w-]{16,}/,
  /[rs]k_(?:live|test)_[A-Za-z0-9]{10,}/,
  /whsec_[A-Za-z0-9+/=]{16,}/,
  /shp(?:at|ca|pa|ss)_[a-fA-F0-9]{24,}/,
  /SK[a-f0-9]{32}\b/,
  // Models: OpenAI, Anthropic and others; without a digit or a capital it is a word with hyphens
  /sk-(?=[a-z_-]{0,64}[A-Z0-9])[\w-]{20,}/,
].map((shape) => shape.source)

/** The `n` of an escaped line break is no part of a word. */
const ANY_TOKEN = new RegExp(String.raw`(?<=^|[^A-Za-z0-9]|\\[nrt])(?:${TOKENS.join('|')})`, 'g')

/** JSON web tokens, signed or encrypted. Each run of their characters is looked at from its start alone. */
const WEB_TOKEN = /(?<=^|[^\w-]|\\[nrt])eyJ[\w-]{8,}\.[\w-]{2,}(?:\.[\w-]*){0,3}/g

/** The scheme stays, its credentials go. A short word of letters after it is English. */
const CREDENTIALS = /\b((?:bearer|basic) {1,4})(?:(?=[A-Z._~+/-]{0,64}[\d=])[\w.~+/-]{8,}={0,2}|[\w.~+/-]{20,}={0,2})/gi

/** An unfinished key runs to the end of the text. */
const PRIVATE_KEY =
  /-----BEGIN (?:[A-Z0-9 ]{0,40} )?PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,60}-----|$)/g

/** User name and password in an address, up to the last `@` before the host ends. */
const USER_INFO = /(:\/\/)[^\s/?#@:"'<>]*:[^\s/?#"'<>]+(?=@)/g

/** The part of a webhook's address that lets anyone post to it. */
const WEBHOOK = /\b(hooks\.slack\.com\/(?:services|workflows)\/|discord(?:app)?\.com\/api\/webhooks\/)[\w/-]{16,}/g

/**
 * `sign`: what the text must contain for a search to be worth its time. A mark that comes in was not made here: it is hidden like a
 * secret, so that nobody can write the mark of another's secret.
 */
const SHAPES: readonly { readonly sign: string; readonly shape: RegExp }[] = [
  { sign: '-----BEGIN ', shape: PRIVATE_KEY },
  { sign: '', shape: ANY_TOKEN },
  { sign: 'eyJ', shape: WEB_TOKEN },
  { sign: ' ', shape: CREDENTIALS },
  { sign: '://', shape: USER_INFO },
  { sign: '.com/', shape: WEBHOOK },
  { sign: '[', shape: MARKS },
]

/** What looks like a secret wherever it stands. */
export const tokensIn = (text: string): readonly Span[] =>
  SHAPES.flatMap(({ sign, shape }) => (text.includes(sign) ? matchesIn(text, shape) : []))
