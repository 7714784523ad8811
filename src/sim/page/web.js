// A page opened inside a phone, over its chat, with the app's own frame around it. A page of this machine is loaded;
// a stranger's is named and left to the person, so that a demo asks nothing of the outside.
import { h, icon, statusBar, state } from './dom.js';
import { target } from './markdown.js';

const LEAVE = 'allow-forms allow-scripts allow-same-origin allow-popups allow-modals allow-downloads';

/** Fills `box` with the page at `address`; `close` takes it away again. `service` is the bot's own URL. */
export function openPage(box, address, label, service, close) {
  const { open } = target(address);
  if (!open) return;
  const url = new URL(open);
  const near = [location.hostname, target(service).open && new URL(service).hostname, 'localhost', '[::1]'].includes(url.hostname) || /^127\.[\d.]+$/.test(url.hostname);
  const title = h('b', {}, label || url.hostname);
  const bar = h('div', { class: 'progress' });
  const outside = () => h('a', { href: open, target: '_blank', rel: 'noopener noreferrer' }, '在新标签页打开');
  const frame = near && h('iframe', {
    title: label || '网页', src: open, sandbox: LEAVE,
    onload: () => {
      bar.hidden = true;
      try { title.textContent = frame.contentDocument.title || title.textContent; } catch { /* of another port: the link's words stay */ }
    },
  });
  bar.hidden = !frame;
  const again = (event) => {
    event.target.closest('details').open = false;
    bar.hidden = false;
    frame.src = open;
  };
  const back = h('button', { type: 'button', class: 'nav', 'aria-label': '返回聊天', onclick: close }, icon('back'));
  box.replaceChildren(statusBar(),
    h('div', { class: 'appbar' }, back, h('div', {}, title, h('small', {}, url.host)),
      h('details', { class: 'menu' }, h('summary', { class: 'nav', 'aria-label': '更多' }, icon('more')),
        h('div', {}, frame && h('button', { type: 'button', onclick: again }, '刷新'), outside()))),
    bar, frame || h('div', { class: 'elsewhere' }, state('这是外面的网页。手机上会直接打开，这里先不替你打开。'), outside()));
  box.hidden = false;
  back.focus({ preventScroll: true });
}
