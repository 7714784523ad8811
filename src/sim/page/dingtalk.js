// How DingTalk draws a message: white chat, cards with a tinted head and a Markdown body (dingtalk.md 5.3, 7.7).
import { h } from './dom.js';
import { markdown, picture, plainText, target } from './markdown.js';
import { button, file, question, rows } from './wecom.js';

/** The body of a message that is not one's own. */
export function body(message) {
  const { kind, text, title, card } = message;
  if (kind === 'image') return h('div', { class: 'bubble' }, picture(card?.image || card?.link || text));
  if (kind === 'file') return file(message);
  if (card?.markdown || message.buttons.length > 0 || card?.link) return drawCard(message);
  if (kind === 'markdown') return h('div', { class: 'bubble md' }, markdown(text, 'dingtalk'));
  return h('div', { class: 'bubble' }, title && h('b', {}, title), title && h('br'), plainText(text));
}

function drawCard(message) {
  const c = message.card ?? { rows: [], questions: [] };
  const title = message.title || c.title;
  const answered = typeof c.replaced === 'string' && c.replaced;
  const buttons = answered ? [{ text: answered, disabled: true }] : message.buttons.length === 0 && c.link && target(c.link).open ? [{ text: '查看', url: c.link }] : message.buttons;
  return h('article', { class: 'card' },
    title && h('h3', { class: 'head' }, title),
    h('div', { class: 'card-body md' }, markdown(withoutTitle(c.markdown || message.text, title), 'dingtalk'), rows(c.rows), c.questions.map(question), c.tips && h('p', { class: 'tips' }, c.tips)),
    buttons.length > 0 && h('div', { class: c.upright ? 'buttons upright' : 'buttons' }, buttons.map((each, at) => button(each, look(each, at, buttons), each.disabled || c.replaced))));
}

/** The blue one is filled, or the first where none is blue; the others are outlined. */
function look({ style = '' }, at, all) {
  if (style === 'red') return 'outlined red';
  return (all.some((each) => each.style === 'blue') ? style === 'blue' : at === 0) ? 'filled' : 'outlined';
}

/** A body often begins with the title; the card's head says it once. */
function withoutTitle(text, title) {
  const [line, ...rest] = text.split('\n');
  return title && line.replace(/^#{1,6}\s+|\*\*/g, '').trim() === title.trim() ? rest.join('\n') : text;
}
