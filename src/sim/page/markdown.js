// The two apps' text: WeCom's subset (no lists, no tables) and DingTalk's. Everything becomes elements and text nodes;
// a tag or a link that is not in the subset stays visible as the characters it is made of.
import { h } from './dom.js';

const COLOURS = { info: 'green', comment: 'grey', warning: 'amber', red: 'red', green: 'green', blue: 'blue', orange: 'amber', gray: 'grey', grey: 'grey', highlight: 'amber' };
const ENTITIES = { nbsp: '\u00a0', lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };

/** Where a link may lead: `{ open }` for http(s), `{ say }` for DingTalk's tap-to-say, `{}` for all else. */
export function target(raw) {
  const link = String(raw ?? '').trim();
  try {
    const [, action] = /^(?:dtmd|dingtalk):\/\/dingtalkclient\/(sendMessage|page\/link)\?/i.exec(link) ?? [];
    const fields = new URLSearchParams(link.slice(link.indexOf('?')));
    if (action?.toLowerCase() === 'sendmessage') return { say: fields.get('content') ?? '' };
    const url = new URL(action ? fields.get('url') : link, location.href);
    return link && /^https?:$/.test(url.protocol) ? { open: url.href } : {};
  } catch {
    return {};
  }
}

/** A link inside a message; the phone follows it. An unsafe one is plain text. */
export function linkTo(url, label) {
  const { open, say } = target(url);
  if (open) return h('a', { href: open, 'data-open': open, target: '_blank', rel: 'noopener noreferrer' }, label);
  return say ? h('button', { class: 'link', 'data-say-text': say }, label) : h('span', {}, label);
}

/** A picture of this machine is shown; one from elsewhere is named only, since the page asks no stranger for anything. */
export function picture(url, label = '') {
  const { open } = target(url);
  if (open && new URL(open).hostname === location.hostname) return h('img', { class: 'picture', src: open, alt: label || '图片' });
  return h('span', { class: 'ink-grey' }, label ? `［图片：${label}］` : '［图片］');
}

function ink(name, inside) {
  const known = COLOURS[name.toLowerCase()];
  const span = h('span', { class: known && `ink-${known}` }, inside);
  if (/^#[0-9a-f]{3,8}$/i.test(name)) span.style.color = name;
  return span;
}

const PLAIN = [
  [/<a\s(?:[^>]*\s)?href=["']([^"']+)["'][^>]*>([\s\S]*?)<\/a>/iy, (m) => linkTo(m[1], m[2])],
  [/<br\s*\/?>/iy, () => h('br')],
  [/<@([^>\s]+)>/y, (m) => ink('blue', `@${m[1]}`)],
  [/&(nbsp|lt|gt|amp|quot|#39);/y, (m) => ENTITIES[m[1]]],
  [/https?:\/\/[^\s<>"'）」，。；！？、]+/y, (m) => linkTo(m[0], m[0])],
];
const COMMON = [
  [/`([^`\n]+)`/y, (m) => h('code', {}, m[1])],
  [/\[([^\]\n]+)\]\(([^)\s]+)\)/y, (m) => linkTo(m[2], m[1])],
  [/\*\*([^\n]+?)\*\*/y, (m, rules) => h('strong', {}, inline(m[1], rules))],
  [/<font\s+color=["']?([#\w]+)["']?\s*>([\s\S]*?)<\/font>/iy, (m, rules) => ink(m[1], inline(m[2], rules))],
  ...PLAIN,
];
const RULES = {
  text: PLAIN,
  textcard: [[/<div\s+class=["'](gray|highlight|normal)["']\s*>([\s\S]*?)<\/div>/iy, (m, rules) => ink(m[1], inline(m[2], rules))], ...PLAIN],
  wecom: COMMON,
  dingtalk: [
    [/\\([\\`*_{}[\]()#+\-.!>~|<&])/y, (m) => m[1]],
    [/!\[([^\]]*)\]\(([^)\s]+)\)/y, (m) => picture(m[2], m[1])],
    ...COMMON,
    [/\*([^*\s](?:[^*\n]*[^*\s])?)\*/y, (m, rules) => h('em', {}, inline(m[1], rules))],
  ],
};

/** One run of text → nodes, by a list of `[sticky pattern, make]`; the first that fits wins. */
function inline(source, rules) {
  const out = [];
  let from = 0;
  for (let at = 0; at < source.length;) {
    let length = 0;
    if ('\\`![*<&h'.includes(source[at])) {
      for (const [pattern, make] of rules) {
        pattern.lastIndex = at;
        const m = pattern.exec(source);
        if (!m) continue;
        out.push(source.slice(from, at), make(m, rules));
        length = m[0].length;
        break;
      }
    }
    at += length || 1;
    if (length) from = at;
  }
  return [...out, source.slice(from)];
}

const broken = (source, rules) => source.split('\n').map((line, at) => [at > 0 && h('br'), inline(line, rules)]);

/** Text as it stands, its lines kept. */
export const plainText = (source, flavour = 'text') => broken(source, RULES[flavour]);

/** A Markdown body in the subset of `wecom` or `dingtalk`. */
export function markdown(source, flavour) {
  const rules = RULES[flavour];
  const listed = flavour === 'dingtalk';
  const blocks = [];
  let open = null;
  /** Adds a line to the open block of this name, or opens one. */
  const into = (name, line, make) => {
    if (open?.name !== name) blocks.push(open = { name, lines: [], make });
    open.lines.push(line);
  };
  const items = (all) => all.map((item) => h('li', {}, broken(item, rules)));
  for (const line of source.replace(/\r/g, '').split('\n').map((each) => each.trimEnd())) {
    const [, marks, heading] = /^(#{1,6})\s+(.+)$/.exec(line) ?? [];
    const [, bullet] = (listed && /^\s*[-*+]\s+(.*)$/.exec(line)) || [];
    const [, number, item] = (listed && /^\s*(\d{1,3})\.\s+(.*)$/.exec(line)) || [];
    if (heading) {
      open = null;
      blocks.push({ make: () => h('p', { class: `heading h${marks.length}` }, inline(heading, rules)) });
    } else if (listed && /^\s*([-*_])(\s*\1){2,}$/.test(line)) {
      open = null;
      blocks.push({ make: () => h('hr') });
    } else if (/^\s*>/.test(line)) {
      into('quote', line.replace(/^\s*>\s?/, ''), (all) => h('blockquote', {}, markdown(all.join('\n'), flavour)));
    } else if (bullet !== undefined) {
      into('ul', bullet, (all) => h('ul', {}, items(all)));
    } else if (item !== undefined) {
      into('ol', item, (all) => h('ol', { start: number }, items(all)));
    } else if (!line.trim()) {
      open = null;
    } else if (/^[uo]l$/.test(open?.name) && /^\s{2,}/.test(line)) {
      open.lines.push(`${open.lines.pop()}\n${line.trim()}`);
    } else {
      into('p', line.trimStart(), (all) => h('p', {}, broken(all.join('\n'), rules)));
    }
  }
  return blocks.map((block) => block.make(block.lines));
}
