import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { WebhookConfig } from '../../../src/approval/webhook/settings.ts'
import { systemClock } from '../../../src/support/clock.ts'
import { tempDir } from '../../support/guards.ts'
import { decision, Receiver, SECRET, signed } from './receiver.ts'

const PROGRAM = fileURLToPath(new URL('./asking-program.ts', import.meta.url))
const OPENSSL = '/usr/bin/openssl'

interface Run {
  readonly giveUp: () => void
  /** What it printed once it had ended by itself. */
  readonly answer: Promise<unknown>
}

function run(config: WebhookConfig, { givesUp = 'never', env = {} }: { givesUp?: string; env?: object } = {}): Run {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify({ config, givesUp })], {
    env: { ...process.env, ...env },
  })
  const printed = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return {
    giveUp: () => child.stdin.write('\n'),
    answer: printed.then(([out, error]) => JSON.parse(out === '' ? JSON.stringify({ error }) : out)),
  }
}

describe('in a process of its own', () => {
  let receiver: Receiver
  beforeEach(async () => {
    receiver = await Receiver.listen()
  })
  afterEach(() => receiver.close())

  it('[P18] giving up leaves nothing that keeps the process', async () => {
    receiver.respond = () => {}
    const config = { url: receiver.url, secret: SECRET, allowedHosts: ['127.0.0.1'] }
    const { giveUp, answer } = run(config, { givesUp: 'on-input' })
    const { gone } = await receiver.arrived(1)
    giveUp()
    expect(await answer).toMatchObject({ outcome: 'unavailable', because: expect.stringContaining('withdrawn') })
    await gone
  })

  it('[P16] an answer ends it as well', async () => {
    receiver.respond = ({ method, response }) => {
      if (method === 'POST') return response.writeHead(202).end()
      const { approvalId: id, digest } = JSON.parse(receiver.received[0]?.body ?? '').data
      const { headers, body } = signed(decision({ id, digest }), { clock: systemClock })
      return response.writeHead(200, headers).end(body)
    }
    const config = { url: receiver.url, secret: SECRET, allowedHosts: ['127.0.0.1'], pollIntervalMs: 100 }
    expect(await run(config).answer).toMatchObject({ outcome: 'approved', by: 'ada' })
  })
})

describe.skipIf(!existsSync(OPENSSL))('over TLS', () => {
  let server: Server
  let certificate: string
  let config: WebhookConfig

  beforeEach(async () => {
    const directory = tempDir()
    certificate = join(directory, 'cert.pem')
    const key = join(directory, 'key.pem')
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const made = ['req', '-x509', ...kind, ...name, '-days', '2', '-keyout', key, '-out', certificate]
    execFileSync(OPENSSL, made, { stdio: 'ignore' })
    server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) => {
      response.writeHead(request.method === 'POST' ? 202 : 403).end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    config = { url: `https://localhost:${port}/`, secret: SECRET, allowedHosts: ['localhost'], pollIntervalMs: 100 }
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  it('goes to a server whose certificate is trusted', async () => {
    const { answer } = run(config, { env: { NODE_EXTRA_CA_CERTS: certificate } })
    expect(await answer).toEqual({ outcome: 'unavailable', because: 'localhost: it answered with status 403' })
  })

  it('[P26] goes to no other, and not to one whose name is another', async () => {
    const untrusted = run(config)
    const { port } = server.address() as AddressInfo
    const other = { ...config, url: `https://127.0.0.1:${port}/`, allowedHosts: ['127.0.0.1'] }
    const misnamed = run(other, { env: { NODE_EXTRA_CA_CERTS: certificate } })
    expect(await untrusted.answer).toMatchObject({ because: expect.stringContaining('(DEPTH_ZERO_SELF_SIGNED_CERT)') })
    expect(await misnamed.answer).toMatchObject({ because: expect.stringContaining('(ERR_TLS_CERT_ALTNAME_INVALID)') })
  })
})
