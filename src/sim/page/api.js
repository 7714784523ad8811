// The simulator's control API (src/sim/mod.rs), its answers brought into the one shape that the page draws.
// What the server leaves out becomes an empty value here, so that no other file has to ask.

/** A request that the simulator did not grant; the message is fit for a person. */
export class Refused extends Error {
  constructor(status, reason) {
    super(reason);
    this.status = status;
  }
}

const STATUS = { 404: '找不到这个人或这条消息', 409: '这个按钮已经不能点了', 501: '这条路模拟器还没通' };

async function call(path, body) {
  const options = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(path, options).catch(() => { throw new Refused(0, '连不上模拟器'); });
  const json = await response.json().catch(() => ({}));
  if (response.ok) return json;
  // The server's own sentence is for developers and in English; a person gets the status in words.
  console.info(path, response.status, json.error);
  throw new Refused(response.status, STATUS[response.status] ?? `模拟器没有答应（${response.status}）`);
}

const ask = (path, fields) => call(`${path}?${new URLSearchParams(fields)}`);

export const api = {
  world: async () => world(await call('/sim/world')),
  chat: async ({ platform, id, chat }, user) => {
    const raw = chat ? await ask('/sim/group', { platform, chat: id, ...user && { user } }) : await ask('/sim/inbox', { platform, user: id });
    return list(raw.messages).map(message);
  },
  say: (platform, user, text, chat) => call('/sim/say', { platform, user, text, chat }),
  attach: (platform, user, upload, chat) => call('/sim/say', { platform, user, chat, ...upload }),
  tap: (platform, user, message, button, selected) => call('/sim/tap', { platform, user, message, button, selected }),
  clock: (move) => call('/sim/clock', move),
  reset: () => call('/sim/reset', {}),
  events: (after) => ask('/sim/events', { after, wait: 25 }),
  road: async ({ platform, id }) => {
    const raw = await ask('/sim/road', { platform, user: id });
    return list(raw.roads ?? raw.road ?? raw.events ?? raw);
  },
};

export const list = (value) => (Array.isArray(value) ? value : []);
export const text = (value) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');
export const instant = (value) => (typeof value === 'number' ? value : Date.parse(value));

const ROLES = { rep: '销售', manager: '经理', admin: '管理员' };

function world(raw) {
  const people = [];
  const groups = [];
  for (const platform of ['wecom', 'dingtalk']) {
    const side = raw[platform] ?? {};
    for (const each of list(side.users ?? side.people)) {
      const id = text(each.id ?? each.userid);
      const role = each.role ?? list(each.roles)[0] ?? 'rep';
      people.push({
        key: `${platform}/${id}`, platform, id, name: text(each.name) || id, role, roleWord: ROLES[role] ?? ROLES.rep,
        team: text(each.team_name ?? each.team) || '公司', member: each.member !== false,
      });
    }
    for (const each of list(side.chats ?? side.groups)) {
      const id = text(each.id ?? each.chat);
      groups.push({ key: `${platform}/group/${id}`, platform, id, chat: true, name: text(each.name) || '工作群', members: list(each.members).map((one) => text(one.id ?? one)) });
    }
  }
  return {
    now: instant(raw.now), zone: text(raw.zone ?? raw.timezone) || 'Asia/Shanghai', workday: raw.workday,
    walking: Boolean(raw.walking), service: text(raw.service?.url), people, groups,
  };
}

const button = (raw) => ({
  key: text(raw.key ?? raw.id), text: text(raw.text ?? raw.title), url: text(raw.url), style: text(raw.style ?? raw.color), disabled: Boolean(raw.disabled),
});

function message(raw) {
  const card = raw.card;
  return {
    id: text(raw.id), kind: text(raw.kind) || 'text', own: raw.from === 'me', user: text(raw.user),
    name: text(raw.name) || (['me', 'bot', undefined].includes(raw.from) ? '' : raw.from), title: text(raw.title), text: text(raw.text),
    buttons: list(raw.buttons).map(button), at: instant(raw.at), card: card && cardOf(card), print: JSON.stringify(raw),
  };
}

function cardOf(raw) {
  const questions = [
    ...list(raw.selects).map((each) => ({ ...each, tick: false })),
    ...raw.checkbox ? [{ ...raw.checkbox, many: raw.checkbox.multi, tick: true }] : [],
  ];
  return {
    source: text(raw.source?.text ?? raw.source?.desc ?? raw.source), title: text(raw.title), desc: text(raw.desc), subTitle: text(raw.sub_title),
    quote: raw.quote && { title: text(raw.quote.title), text: text(raw.quote.text ?? raw.quote), url: text(raw.quote.url) },
    emphasis: raw.emphasis, rows: list(raw.rows), paragraphs: list(raw.verticals), jumps: list(raw.jumps), menu: list(raw.menu).map(button),
    image: text(raw.image?.url ?? raw.image), file: text(raw.file), link: text(raw.link?.url ?? raw.link), replaced: raw.replaced,
    markdown: text(raw.markdown), tips: text(raw.tips), upright: text(raw.orientation) === '0' || raw.orientation === 'vertical',
    questions: questions.map((each) => ({
      ...each, options: list(each.options).map((option) => ({ ...option, chosen: option.checked ?? (each.selected && option.id === each.selected) })),
    })),
  };
}
