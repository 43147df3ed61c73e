// A page in a real browser that shows a thread through the event-bus bridge. Prints what it shows, a line each.
import {readFileSync} from 'node:fs'
import {chromium} from 'playwright-core'

const [url, key, thread, transport] = process.argv.slice(2)
const script = name => readFileSync(new URL('node_modules/' + name, import.meta.url), 'utf8')

const page = `<!DOCTYPE html><title>live</title>
<script>${script('sockjs-client/dist/sockjs.min.js')}</script>
<script>${script('@vertx/eventbus-bridge-client.js/vertx-eventbus.js')}</script>
<script>
  let last = 0
  const bus = new EventBus('/eventbus', {
    transports: ['${transport}'], vertxbus_reconnect_delay_min: 200, vertxbus_reconnect_delay_max: 1000
  })
  bus.enableReconnect(true)
  bus.onerror = error => console.log('error ' + JSON.stringify(error))
  bus.onclose = () => console.log('closed')
  bus.onopen = () => {
    console.log('open ' + bus.sockJSConn.transport)
    bus.registerHandler('events.thread.${thread}', {authorization: 'Bearer ${key}', after: String(last)}, (error, message) => {
      if (error) {
        console.log('error ' + JSON.stringify(error))
        bus.sockJSConn.close()
      } else if (message.body.seq) {
        last = message.body.seq
        console.log('event ' + last)
      }
    })
  }
</script>`

const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: [
  '--no-sandbox',
  // The page is put there by the test and not by a server on this machine, as Chromium sees it; it may ask one all the same.
  '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets',
]})
const tab = await browser.newPage()
tab.on('console', message => console.log(message.text()))
tab.on('pageerror', error => console.log('error ' + error))
// As if the platform served it, so that it is one of its own pages.
await tab.route('**/live', route => route.fulfill({contentType: 'text/html', body: page}))
// What transports in frames load; see realtime.sockjs_library.
await tab.route('**/sockjs.min.js', route =>
  route.fulfill({contentType: 'text/javascript', body: script('sockjs-client/dist/sockjs.min.js')}))
await tab.goto(url + '/live')
process.stdin.resume()
process.stdin.on('end', async () => {
  await browser.close()
  process.exit(0)
})
