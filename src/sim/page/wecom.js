// How WeCom draws a message: grey chat, bubbles, template cards (wecom.md 4.2).
import { h, icon } from './dom.js';
import { linkTo, markdown, picture, plainText, target } from './markdown.js';

/** The body of a message that is not one's own. */
export function body(message) {
  const { kind, text, card } = message;
  if (card?.image && kind === 'image') return h('div', { class: 'bubble' }, picture(card.image));
  if (kind === 'file') return file(message);
  if (card || message.buttons.length > 0) return drawCard(message);
  if (kind === 'markdown') return h('div', { class: 'bubble md' }, markdown(text, 'wecom'));
  return h('div', { class: 'bubble' }, plainText(text));
}

/** A file, saved by a tap. */
export function file({ title, text, card }) {
  const name = title || text;
  return h('div', { class: 'bubble' }, card?.file ? h('a', { href: card.file, download: name }, name) : name);
}

function drawCard(message) {
  const c = message.card ?? { rows: [], paragraphs: [], jumps: [], menu: [], questions: [], desc: message.text };
  const title = message.title || c.title;
  const link = c.link && target(c.link).open;
  return h('article', { class: 'card' },
    h('div', { class: 'card-body' },
      (c.source || c.menu.length > 0) && h('div', { class: 'source' }, h('span', {}, c.source), c.menu.length > 0 && menu(c.menu)),
      title && h('h3', {}, link ? h('button', { 'data-open': link }, title) : title),
      (c.desc || c.markdown) && h('p', { class: 'desc' }, plainText(c.desc || c.markdown, 'textcard')),
      c.image && picture(c.image),
      c.emphasis && h('div', { class: 'emphasis' }, h('b', {}, c.emphasis.title), h('span', {}, c.emphasis.desc)),
      c.quote && h('div', { class: 'quote' }, c.quote.title && h('b', {}, c.quote.title), c.quote.url ? linkTo(c.quote.url, c.quote.text) : h('p', {}, plainText(c.quote.text))),
      c.subTitle && h('p', { class: 'sub' }, plainText(c.subTitle)),
      c.paragraphs.map((each) => h('div', { class: 'paragraph' }, h('b', {}, each.title), h('p', {}, plainText(each.desc ?? '')))),
      rows(c.rows),
      c.questions.map(question)),
    c.jumps.map((each) => h('button', { class: 'wide jump', 'data-open': target(each.url).open }, h('span', {}, each.text ?? each.title), icon('next'))),
    foot(message, c));
}

/** Label and value, one pair a line; a value with a link is tapped. */
export function rows(all) {
  return all.length > 0 && h('dl', { class: 'rows' }, all.map(({ key, value, url }) => h('div', {}, h('dt', {}, key), h('dd', {}, url ? linkTo(url, value || '查看') : value ?? ''))));
}

/** Full-width buttons, one under another; when the card was answered, one grey button says how. */
function foot(message, c) {
  if (typeof c.replaced === 'string' && c.replaced) return h('button', { class: 'wide done', disabled: true }, c.replaced);
  return message.buttons.map((each) => button(each, `wide style-${each.style || 1}`, each.disabled || c.replaced));
}

/** One button of a card: a tap, a link or a sentence. */
export function button(each, look, done) {
  const to = each.url ? target(each.url) : {};
  return h('button', { class: done ? `${look} done` : look, 'data-button-key': each.key || each.text, 'data-open': to.open, 'data-say-text': to.say, disabled: done }, each.text);
}

function menu(actions) {
  return h('details', { class: 'menu' }, h('summary', { 'aria-label': '更多' }, icon('more')), h('div', {}, actions.map((each) => button(each, ''))));
}

/** Ticks or a select; phone.js collects what was chosen by `data-question`. */
export function question({ key, title, tick, many, disabled, options }) {
  if (!tick) {
    return h('label', { class: 'choose' }, h('span', {}, title || '选一个'), h('span', { class: 'select' },
      h('select', { 'data-question': key, disabled }, options.map((each) => h('option', { value: each.id, selected: each.chosen }, each.text))), icon('down')));
  }
  return h('fieldset', { class: 'ticks', disabled }, title && h('legend', {}, title), options.map((each) => h('label', {},
    h('input', { type: many ? 'checkbox' : 'radio', name: key, value: each.id, checked: each.chosen, 'data-question': key }), h('span', {}, each.text))));
}
