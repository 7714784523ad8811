// Building elements by hand. Text always enters as text, never as HTML.

/** What people call the two apps. */
export const APPS = { wecom: '企业微信', dingtalk: '钉钉' };

export const $ = (id) => document.getElementById(id);

const SVG = 'http://www.w3.org/2000/svg';

/** An element: `h('button', { class: 'x', onclick: f }, 'text', child, false)`. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  if (tag === 'button') element.type = 'button';
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value || value === 0) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(9).filter((child) => child || child === 0));
  return element;
}

/** An icon of the sprite in index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const use = document.createElementNS(SVG, 'use');
  svg.setAttribute('class', 'i');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A designed state: one sentence and at most one action. */
export const state = (text, action, act) => h('div', { class: 'state' }, h('p', {}, text),
  action && h('button', { class: 'push', onclick: act }, action));

/** The element in a template of index.html, and what of it is named by `data-part`. */
export function stamp(id) {
  const element = $(id).content.firstElementChild.cloneNode(true);
  const parts = { element };
  for (const each of element.querySelectorAll('[data-part]')) parts[each.dataset.part] = each;
  for (const each of element.querySelectorAll('.hhmm')) each.textContent = $('world-now').textContent;
  return parts;
}

const HUES = ['#2f6fde', '#0b7a75', '#8a4fc7', '#b0562b', '#4f6b1f', '#a83a6b', '#47618a'];

/** A person's picture: the last two characters of the name, a hue of their own. */
export function face(name) {
  const element = h('span', { class: 'face', 'aria-hidden': 'true' }, [...name].slice(-2).join(''));
  element.style.background = HUES[[...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 9973, 7) % HUES.length];
  return element;
}

/** The bot's picture. */
export const botFace = () => h('img', { class: 'face', src: '/page/icon.svg', alt: '' });

export const wait = (ms) => new Promise((done) => setTimeout(done, ms));
