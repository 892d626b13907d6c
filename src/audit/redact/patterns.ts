import { MARKS } from '../../domain/redacted.ts'
import { matchesIn, type Span } from './spans.ts'

/**
 * Shapes that only secrets have. Each starts at the edge of a word and repeats one class of characters at a time, so that all of them
 * together take time linear in the text. What is longer than a shape asks for belongs to it: half a secret must not stay behind.
 */
const TOKENS = [
  // Clouds: AWS, Google, DigitalOcean, Databricks, Supabase, PlanetScale
  /(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16,}/,
  /AIza[\w-]{30,}/,
  /ya29\.[\w-]{20,}/,
  /GOCSPX-[\w-]{20,}/,
  /1\/\/0[\w-]{40,}/,
  /do[opr]_v1_[a-f0-9]{40,}/,
  /dapi[a-f0-9]{32}/,
  /sbp_[a-f0-9]{40,}/,
  /sb_secret_[\w-]{20,}/,
  /pscale_(?:tkn|pw|oauth)_[\w.-]{32,}/,
  // Code: GitHub, GitLab, npm, PyPI, RubyGems, Docker, Hugging Face, Atlassian, Postman
  /gh[pousr]_[A-Za-z0-9]{20,}/,
  /github_pat_\w{20,}/,
  /gl(?:pat|dt|rt|rtr|cbt|ptt|ft|ffct|imt|agent|oas|soat)-[\w-]{16,}(?:\.\w{2}\.\w{9})?/,
  /GR1348941[\w-]{20,}/,
  /npm_[A-Za-z0-9]{30,}/,
  /pypi-AgE[\w-]{20,}/,
  /rubygems_[a-f0-9]{48,}/,
  /dckr_[op]at_[\w-]{20,}/,
  /hf_[A-Za-z0-9]{20,}/,
  /AT(?:ATT3|CTT3|BB)[\w=-]{28,}/,
  /PMAK-[a-f0-9]{24}-[a-f0-9]{34,}/,
  // Operations: Vault, Doppler, Grafana, New Relic, Sentry, Tailscale, 1Password, age
  /hv[bs]\.[\w-]{24,}/,
  /dp\.(?:pt|st|ct|sa|scim|audit)\.[\w.-]{40,}/,
  /glsa_\w{40,}/,
  /glc_[A-Za-z0-9+/]{32,}={0,2}/,
  /NRAK-[A-Z0-9]{27,}/,
  /sntry[su]_[\w+/=-]{40,}/,
  /tskey-[a-z]{1,16}-[\w-]{16,}/,
  /ops_eyJ[\w-]{40,}/,
  /AGE-SECRET-KEY-1[A-Z0-9]{50,}/,
  // Messages, work and money: Slack, Discord, SendGrid, Linear, Notion, Figma, Airtable, Stripe, Shopify, Square, Twilio
  /xox[abcdeoprs]-[\w%-]{10,}/,
  /xapp-\d-[\w-]{10,}/,
  /[MNO][A-Za-z0-9]{23,25}\.[\w-]{6}\.[\w-]{27,}/,
  /SG\.[\w-]{16,}\.[\w-]{16,}/,
  /lin_(?:api|oauth)_[A-Za-z0-9]{32,}/,
  /ntn_[A-Za-z0-9]{40,}/,
  /figd_[\w-]{36,}/,
  /pat[A-Za-z0-9]{14}\.[a-f0-9]{64}/,
  /[rs]k_(?:live|test)_[A-Za-z0-9]{10,}/,
  /whsec_[A-Za-z0-9+/=]{16,}/,
  /shp(?:at|ca|pa|ss)_[a-fA-F0-9]{24,}/,
  /sq0(?:atp|csp)-[\w-]{22,}/,
  /SK[a-f0-9]{32}\b/,
  // Models: OpenAI, Anthropic and others; without a digit or a capital it is a word with hyphens
  /sk-(?=[a-z_-]{0,64}[A-Z0-9])[\w-]{20,}/,
  /(?:gsk_|xai-|pplx-)[A-Za-z0-9]{40,}/,
  /r8_[A-Za-z0-9]{30,}/,
  /nvapi-[\w-]{40,}/,
].map((shape) => shape.source)

/** The `n` of an escaped line break is no part of a word. */
const ANY_TOKEN = new RegExp(String.raw`(?<=^|[^A-Za-z0-9]|\\[nrt])(?:${TOKENS.join('|')})`, 'g')

/** Tokens that begin like any word. Azure, Terraform, Telegram, Mailchimp */
const AZURE = /(?<![A-Za-z0-9])[A-Za-z0-9]{3}\dQ~[\w.~-]{31,}/g
const TERRAFORM = /(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,}/g
const TELEGRAM = /(?<![A-Za-z0-9])(?:bot)?\d{8,10}:AA[\w-]{33,}/g
const MAILCHIMP = /(?<![A-Za-z0-9])[a-f0-9]{32}-us\d{1,2}\b/g

/**
 * JSON web tokens, signed or encrypted; the second part may be missing. Each run of their characters is looked at from its start alone.
 */
const WEB_TOKEN = /(?<=^|[^\w-]|\\[nrt])eyJ[\w-]{8,}\.(?:[\w-]{2,}(?:\.[\w-]*){0,3}|\.[\w-]{2,}(?:\.[\w-]*){0,2})/g

/** The scheme stays, its credentials go. A short word of letters after it is English. */
const CREDENTIALS = /\b((?:bearer|basic) {1,4})(?:(?=[A-Z._~+/-]{0,64}[\d=])[\w.~+/-]{8,}={0,2}|[\w.~+/-]{20,}={0,2})/gi

/** An unfinished key runs to the end of the text. */
const PRIVATE_KEY =
  /-----BEGIN (?:[A-Z0-9 ]{0,40} )?PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,60}-----|$)/g

/**
 * User name and password in an address, up to the last `@` before the host ends. A password that nobody encoded may have what ends a
 * host: what follows the colon is one when it is no port.
 */
const USER_INFO =
  /(:\/\/)[^\s/?#@:"'<>[\]]*:(?:[^\s/?#"'<>]+|(?!\d{0,5}(?:[/?#]|$))(?:(?!:\/\/)[^\s"'<>]){1,128})(?=@)/g
const ORACLE_USER = /(\bjdbc:oracle:\w{1,8}:)[^\s@"'<>]{1,128}(?=@)/g

/** What commands take as a password without its name. */
const CURL_USER = /(\s(?:-u|-U|--user|--proxy-user)[ =]?["']?[^\s:"'=]{1,64}:)[^\s"'`]+/g
const SSHPASS = /(\bsshpass +-p *["']?)[^\s"']+/g
const MYSQL = /(\bmysql(?:dump|admin|import)?\b[^\r\n|;&]{0,128}?\s-p["']?)[^\s"'-][^\s"']*/g
const REGISTRY_LOGIN =
  /(\b(?:docker|podman|helm)\b[^\r\n|;&]{0,32}? login\b[^\r\n|;&]{0,128}?\s-p[ =]?["']?)[^\s"'-][^\s"']*/g
const REDIS = /(\bredis-cli\b[^\r\n|;&]{0,128}?\s-a ["']?)[^\s"']+/g

/** The part of a webhook's address that lets anyone post to it. */
const WEBHOOK =
  /\b(hooks\.slack(?:-gov)?\.com\/(?:services|workflows)\/|discord(?:app)?\.com\/api\/webhooks\/)[\w/-]{16,}/g

/**
 * `sign`: what the text must contain for a search to be worth its time. A mark that comes in was not made here: it is hidden like a
 * secret, so that nobody can write the mark of another's secret.
 */
const SHAPES: readonly { readonly sign: string; readonly shape: RegExp }[] = [
  { sign: '-----BEGIN ', shape: PRIVATE_KEY },
  { sign: '', shape: ANY_TOKEN },
  { sign: 'Q~', shape: AZURE },
  { sign: '.atlasv1.', shape: TERRAFORM },
  { sign: ':AA', shape: TELEGRAM },
  { sign: '-us', shape: MAILCHIMP },
  { sign: 'eyJ', shape: WEB_TOKEN },
  { sign: ' ', shape: CREDENTIALS },
  { sign: '://', shape: USER_INFO },
  { sign: 'jdbc:oracle:', shape: ORACLE_USER },
  { sign: '.com/', shape: WEBHOOK },
  { sign: 'curl ', shape: CURL_USER },
  { sign: 'sshpass ', shape: SSHPASS },
  { sign: 'mysql', shape: MYSQL },
  { sign: ' login', shape: REGISTRY_LOGIN },
  { sign: 'redis-cli', shape: REDIS },
  { sign: '[', shape: MARKS },
]

/** What looks like a secret wherever it stands. */
export const tokensIn = (text: string): readonly Span[] =>
  SHAPES.flatMap(({ sign, shape }) => (text.includes(sign) ? matchesIn(text, shape) : []))
