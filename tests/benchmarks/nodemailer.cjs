// A letter to everybody through nodemailer's pool: composed for each, personal in ten places, sent, counted.
// node nodemailer.cjs PORT RECIPIENTS SESSIONS HTML_FILE TEXT_FILE [DKIM_KEY]; NODE_PATH names node_modules.
const fs = require("fs");
const nodemailer = require("nodemailer");

const [port, recipients, sessions, htmlFile, textFile, key] = process.argv.slice(2);
const html = fs.readFileSync(htmlFile, "utf8");
const text = fs.readFileSync(textFile, "utf8");
const transport = nodemailer.createTransport({
  host: "127.0.0.1",
  port: Number(port),
  secure: false,
  ignoreTLS: true,
  pool: true,
  maxConnections: Number(sessions),
  maxMessages: 1000,
  ...(key && { dkim: { domainName: "example.com", keySelector: "s1", privateKey: fs.readFileSync(key, "utf8") } }),
});
let next = 0;
let failed = 0;

function sendOne() {
  if (next >= Number(recipients)) return;
  const name = `Reader ${next}`;
  const to = `reader${next++}@example.com`;
  const message = {
    from: "Ann <ann@example.com>",
    to,
    subject: `For ${name}`,
    text: text.replaceAll("Reader 0", name),
    html: html.replaceAll("Reader 0", name),
    list: { unsubscribe: { url: `https://example.com/u/${next}` } },
  };
  transport.sendMail(message, (error) => {
    if (error) failed++;
    sendOne();
    if (--open === 0) {
      transport.close();
      process.exit(failed ? 1 : 0);
    }
  });
  open++;
}

let open = 0;
for (let count = 0; count < 4 * Number(sessions); count++) sendOne();
