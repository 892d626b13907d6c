import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'

/** What the model behind the server thinks of a call. */
export interface Said {
  readonly risk: unknown
  readonly reasons?: unknown
  readonly recommendation?: unknown
}

/** How the server answers one request. */
export type Behaviour =
  | { readonly says: Said }
  /** The model's text, whatever it is. */
  | { readonly text: string }
  | { readonly status: number; readonly error?: string; readonly headers?: Readonly<Record<string, string>> }
  | 'hang up'
  | 'never answer'

export interface WireRequest {
  readonly path: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
  readonly body: { readonly [key: string]: unknown }
}

export interface WireServer {
  /** Such as `http://127.0.0.1:1234/v1`. */
  readonly url: string
  readonly requests: readonly WireRequest[]
  /** From now on: these one after the other, and the last one for ever. */
  behave(...behaviours: readonly [Behaviour, ...Behaviour[]]): void
}

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A server on loopback that speaks OpenAI's responses and chat completions and Anthropic's messages. */
export async function wireServer(): Promise<WireServer> {
  const requests: WireRequest[] = []
  let behaviours: readonly Behaviour[] = [{ says: { risk: 0 } }]
  const server = createServer(async (incoming, outgoing) => {
    const text = await textOf(incoming)
    const request = { path: incoming.url ?? '', headers: incoming.headers, text, body: JSON.parse(text) }
    requests.push(request)
    const [behaviour = 'hang up', ...rest] = behaviours
    if (rest.length > 0) behaviours = rest
    if (behaviour === 'never answer') return
    if (behaviour === 'hang up') return void incoming.socket.destroy()
    const json = { 'content-type': 'application/json' }
    if ('status' in behaviour) {
      const error = { type: 'error', message: behaviour.error ?? 'out of cheese' }
      outgoing
        .writeHead(behaviour.status, { ...json, ...behaviour.headers })
        .end(JSON.stringify({ type: 'error', error }))
      return
    }
    const said = 'text' in behaviour ? behaviour.text : opinionText(behaviour.says)
    outgoing.writeHead(200, json).end(JSON.stringify(answerFor(request, said)))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  undo.push(() => {
    server.closeAllConnections()
    return new Promise((closed) => server.close(closed))
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    behave(...next) {
      behaviours = next
    },
  }
}

const opinionText = ({ risk, reasons = [], recommendation = 'allow' }: Said): string =>
  JSON.stringify({ reasons, risk, recommendation })

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function answerFor({ path, body }: WireRequest, text: string): object {
  const model = body.model
  if (path.endsWith('/responses')) {
    const content = [{ type: 'output_text', text, annotations: [] }]
    return {
      ...{ id: 'resp_1', object: 'response', created_at: 1, status: 'completed', model, error: null },
      incomplete_details: null,
      output: [{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content }],
      usage: {
        ...{ input_tokens: 300, output_tokens: 20, total_tokens: 320 },
        ...{ input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
      },
    }
  }
  if (path.endsWith('/chat/completions')) {
    const choice = { index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }
    const usage = { prompt_tokens: 300, completion_tokens: 20, total_tokens: 320 }
    return { id: 'chat_1', object: 'chat.completion', created: 1, model, choices: [choice], usage }
  }
  // Older models of Anthropic are made to answer by a tool that they must call.
  const byTool = Array.isArray(body.tools)
  const content = byTool ? { type: 'tool_use', id: 't', name: 'json', input: JSON.parse(text) } : { type: 'text', text }
  return {
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model, content: [content] },
    ...{ stop_reason: byTool ? 'tool_use' : 'end_turn', stop_sequence: null },
    usage: { input_tokens: 300, output_tokens: 20 },
  }
}
