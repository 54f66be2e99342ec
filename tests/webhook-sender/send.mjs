// Signs deliveries with the published library and sends them one after the other: JSON in, statuses out.
import { Webhook } from 'standardwebhooks'
import { text } from 'node:stream/consumers'

const statuses = []
for (const { url, prefix, id, secrets, body, sent } of JSON.parse(await text(process.stdin))) {
  const now = new Date()
  const signature = secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' ')
  const headers = {
    'content-type': 'application/json',
    [`${prefix}-id`]: id,
    [`${prefix}-timestamp`]: String(Math.floor(now.getTime() / 1000)),
    [`${prefix}-signature`]: signature,
  }
  const response = await fetch(url, { method: 'POST', headers, body: sent })
  statuses.push(response.status)
}
console.log(statuses.join(' '))
