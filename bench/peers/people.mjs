// Creates USERS users through POST /users and prints each answer as one line of JSON: the rows that the peers get too.
import http from 'node:http';

const { KEY, ADDRESS, USERS } = process.env;
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' };
const places = ['Europe/Vienna', 'Asia/Tokyo', 'America/Lima', 'Africa/Lagos'];

const person = (number) => ({
  email: `person${number}@example.org`,
  email_verified: number % 2 === 0,
  first_name: `First ${number}`,
  last_name: `Last ${number}`,
  display_name: `Person ${number}`,
  picture_url: `https://pictures.example.org/${number}.png`,
  phone: `+43660${String(number).padStart(7, '0')}`,
  locale: 'de-AT',
  onboarding_state: 'profile.complete',
  attributes: { plan: number % 5 === 0 ? 'pro' : 'free', source: places[number % places.length] },
});

const post = (body) => new Promise((resolve, reject) => {
  const request = http.request(`${ADDRESS}/users`, { method: 'POST', agent, headers }, (answer) => {
    let text = '';
    answer
      .setEncoding('utf8')
      .on('data', (part) => {
        text += part;
      })
      .on('end', () => (answer.statusCode === 201 ? resolve(text) : reject(new Error(`${answer.statusCode} ${text}`))));
  });
  request.on('error', reject);
  request.end(JSON.stringify(body));
});

let next = 1;
const worker = async () => {
  while (next <= Number(USERS)) console.log(await post(person(next++)));
};
await Promise.all(Array.from({ length: 16 }, worker));
agent.destroy();
