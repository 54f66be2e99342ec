// Verifies deliveries with the published library: JSON in, "genuine" or "refused" for each out.
import { Webhook } from 'standardwebhooks'
import { text } from 'node:stream/consumers'

const verdicts = []
for (const { secret, id, timestamp, signature, body } of JSON.parse(await text(process.stdin))) {
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
  try {
    new Webhook(secret).verify(body, headers)
    verdicts.push('genuine')
  } catch {
    verdicts.push('refused')
  }
}
console.log(verdicts.join(' '))
