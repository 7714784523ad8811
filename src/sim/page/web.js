// A page opened inside a phone, over its chat, with the app's own frame around it. A page of this machine is loaded;
// a stranger's is named and left to the person, so that a demo asks nothing of the outside.
import { stamp } from './dom.js';
import { target } from './markdown.js';

const NEAR = /^(localhost|\[::1\]|127\.[\d.]+)$/;

/** Fills `box` with the page at `address`; `close` takes it away again. `service` is the bot's own URL. */
export function openPage(box, address, label, service, close) {
  const { open } = target(address);
  if (!open) return;
  const { hostname, host } = new URL(open);
  const near = NEAR.test(hostname) || hostname === location.hostname || Boolean(service) && hostname === new URL(service, open).hostname;
  const { element, back, title, host: where, menu, again, bar, frame, elsewhere } = stamp('page');
  title.textContent = label || hostname;
  where.textContent = host;
  for (const link of element.querySelectorAll('a')) link.href = open;
  back.onclick = close;
  bar.hidden = frame.hidden = again.hidden = !near;
  elsewhere.hidden = near;
  if (near) {
    const load = () => {
      menu.open = bar.hidden = false;
      frame.src = open;
    };
    frame.title = title.textContent;
    frame.onload = () => {
      bar.hidden = true;
      try { title.textContent = frame.contentDocument.title || title.textContent; } catch { /* of another port: the link's words stay */ }
    };
    again.onclick = load;
    load();
    // What the app's own bridge does for a page that is done.
    const listen = event => {
      if (frame.isConnected && event.source !== frame.contentWindow) return;
      if (frame.isConnected && event.data !== 'genjin:close') return;
      removeEventListener('message', listen);
      if (frame.isConnected) close();
    };
    addEventListener('message', listen);
  }
  box.replaceChildren(...element.children);
  box.hidden = false;
  back.focus({ preventScroll: true });
}
